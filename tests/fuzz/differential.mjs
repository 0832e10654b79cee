// SPDX-License-Identifier: BSD-2-Clause
// Two verifiers of compact JWS side by side: ours (jws_judge) and npm's jose,
// over honest tokens of every algorithm and broken ones of every kind.  It
// must hold that
//
//   - both accept every honest token;
//   - whatever we accept, jose accepts, with the same payload;
//   - of every kind of change that does no harm, we accept some: a verifier
//     that refuses all would pass the rest.
//
// We are the stricter one by far, and how often is printed.  jose is stricter
// than we in four points, all about key sets (RFC 7517 5 leaves them open):
//
//   - Several keys that a token may have been made with: jose does not choose
//     but hands them to the caller, who is told to try each.  So do we here
//     (tryAll).  We do so ourselves, but only among keys that share the
//     token's kid.
//   - A set with a member that is no object: jose refuses all of it, we leave
//     that one out.  jose gets the set without it.
//   - A key with its private half ("d"): jose refuses to verify with it.  We
//     look at public members only; it verifies, as whoever published it will
//     learn.  jose gets it without them.
//   - A key whose own alg is "EdDSA" and a token that says "Ed25519", or the
//     other way round: to jose they are two algorithms, to us two names of one
//     (RFC 9864 2.2).  jose gets such a key without its alg.
//
// usage: differential.mjs DIR-WITH-NODE_MODULES JWS_JUDGE

import { spawnSync } from 'node:child_process';
import {
  constants, createHmac, createPublicKey, generateKeyPairSync, sign,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [idpDir, judge] = process.argv.slice(2);
const require = createRequire(join(resolve(idpDir), 'package.json'));
const jose = await import(pathToFileURL(require.resolve('jose')));

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32) >>> 0;
const TOKENS = Number(process.env.TOKENS ?? 5000);
const SETS = 30;

// --- chance, the same for the same seed ------------------------------------

let state = SEED;

function random() { // mulberry32
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const bytes = (n) => Buffer.from(Array.from({ length: n }, () => below(256)));
const b64 = (data) => Buffer.from(data).toString('base64url');

// --- keys and honest tokens -------------------------------------------------

const make = (type, options) => generateKeyPairSync(type, options).privateKey;
const KEYS = {
  rsa: make('rsa', { modulusLength: 2048 }),
  es256: make('ec', { namedCurve: 'P-256' }),
  sibling: make('ec', { namedCurve: 'P-256' }), // of the same kid as es256
  es384: make('ec', { namedCurve: 'P-384' }),
  es512: make('ec', { namedCurve: 'P-521' }),
  ed: make('ed25519'),
  enc: make('rsa', { modulusLength: 2048 }),
};
const KIDS = { ...Object.fromEntries(Object.keys(KEYS).map((k) => [k, k])),
  sibling: 'es256' };
const ALGS = {
  RS256: 'rsa', RS384: 'rsa', RS512: 'rsa',
  PS256: 'rsa', PS384: 'rsa', PS512: 'rsa',
  ES256: 'es256', ES384: 'es384', ES512: 'es512',
  EdDSA: 'ed', Ed25519: 'ed',
};
const ALG_NAMES = Object.keys(ALGS);

function publicJwk(name) {
  return {
    ...createPublicKey(KEYS[name]).export({ format: 'jwk' }),
    kid: KIDS[name],
    ...(name === 'enc' ? { use: 'enc' } : {}),
  };
}

const JWKS = { keys: Object.keys(KEYS).map(publicJwk) };

function signature(alg, key, input, saltLength) {
  const digest = alg.startsWith('Ed') ? null : `sha${alg.slice(2)}`;
  const options = { key };
  if (alg.startsWith('PS')) {
    options.padding = constants.RSA_PKCS1_PSS_PADDING;
    options.saltLength = saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST;
  }
  if (alg.startsWith('ES')) options.dsaEncoding = 'ieee-p1363';
  return sign(digest, Buffer.from(input), options);
}

// `header` is an object, or JSON text to be taken as it is.
function token(alg, header, payload, key = KEYS[ALGS[alg]], salt = undefined) {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const input = `${b64(text)}.${b64(payload)}`;
  return `${input}.${b64(signature(alg, key, input, salt))}`;
}

function somePayload() {
  const claims = { iss: 'https://a.example', sub: String(below(1e9)),
    name: pick(['Alice', 'J\u00fcrgen', '\u6f22\u5b57', '\u{1f511}', '']) };
  return random() < 0.2 ? bytes(1 + below(40)) : JSON.stringify(claims);
}

const kidOf = (alg) => KIDS[ALGS[alg]];

function honest() {
  const alg = pick(ALG_NAMES);
  const key = alg === 'ES256' && random() < 0.5 ? 'sibling' : ALGS[alg];
  const header = { alg, kid: kidOf(alg) };
  // without a kid it must be clear which key is meant
  if (alg !== 'ES256' && random() < 0.3) delete header.kid;
  if (random() < 0.3) header.typ = 'JWT';
  return token(alg, header, somePayload(), KEYS[key]);
}

// --- changes ----------------------------------------------------------------

const parts = () => honest().split('.');
const insert = (text, at, what) => text.slice(0, at) + what + text.slice(at);

function signed(change) {
  const alg = pick(ALG_NAMES);
  const header = { alg, kid: kidOf(alg) };
  return token(alg, change(header, alg) ?? header, somePayload());
}

function unsigned(change) {
  const [head, payload, mac] = parts();
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  return [b64(JSON.stringify(change(header) ?? header)), payload, mac]
    .join('.');
}

const junk = () => pick([null, 0, 1, true, '', 'x', [], ['x'], {}, { a: 1 }]);

const harmless = {
  'header: unknown member': () => signed((h) => {
    h[pick(['x', 'iat', 'ver', '', '__proto__x', 'constructor'])] = junk();
  }),
  'header: pointers to other keys': () => signed((h) => {
    h[pick(['jku', 'x5u'])] = 'https://evil.example/jwks';
    if (random() < 0.5) h.jwk = publicJwk('sibling');
    if (random() < 0.5) h.x5c = ['AAAA'];
  }),
  'header: other spelling of the same': () => signed((h, alg) => pick([
    `{"kid":"${h.kid}","alg":"${alg}"}`,
    ` {\n"alg" : "${alg}" ,\t"kid":"${h.kid}"\r\n} `,
    `{"\\u0061lg":"${alg}","kid":"${h.kid}"}`,
    `{"alg":"\\u00${alg.charCodeAt(0).toString(16)}${alg.slice(1)}",`
      + `"kid":"${h.kid}"}`,
  ])),
  'signature: s replaced by n - s': () => {
    const order = BigInt('0xffffffff00000000ffffffffffffffff'
      + 'bce6faada7179e84f3b9cac2fc632551'); // FIPS 186-4 D.1.2.3
    const [head, payload, mac] =
      token('ES256', { alg: 'ES256', kid: 'es256' }, somePayload()).split('.');
    const raw = Buffer.from(mac, 'base64url').toString('hex');
    const s = (order - BigInt(`0x${raw.slice(64)}`)).toString(16);
    return [head, payload,
      b64(Buffer.from(raw.slice(0, 64) + s.padStart(64, '0'), 'hex'))]
      .join('.');
  },
};

const harmful = {
  'alg: another one, signature left': () => unsigned((h) => {
    h.alg = pick([...ALG_NAMES, 'none', 'None', 'HS256', 'ES256K', 'RSA1_5',
      'rs256', 'RS256 ', '', 'RS1']);
  }),
  'alg: another one, signed with it': () => {
    const alg = pick(ALG_NAMES);
    return token(alg, { alg: pick(ALG_NAMES), kid: pick(Object.values(KIDS)) },
      somePayload());
  },
  'alg: no string': () => signed((h) => { h.alg = junk(); }),
  'alg: absent': () => signed((h) => { delete h.alg; }),
  'alg: none, without a signature': () => {
    const none = pick(['none', 'None', 'NONE', 'nOnE', '']);
    return `${b64(`{"alg":"${none}"}`)}.${b64(somePayload())}.`;
  },
  'alg: HMAC keyed with a public key': () => {
    const name = pick(Object.keys(KEYS));
    const spki = createPublicKey(KEYS[name]);
    const secret = pick([
      spki.export({ type: 'spki', format: 'pem' }),
      spki.export({ type: 'spki', format: 'der' }),
      JSON.stringify(publicJwk(name)), publicJwk(name).n ?? publicJwk(name).x,
      '',
    ]);
    const size = pick([256, 384, 512]);
    const input = `${b64(JSON.stringify({ alg: `HS${size}`, kid: KIDS[name] }))
    }.${b64(somePayload())}`;
    return `${input}.${
      createHmac(`sha${size}`, secret).update(input).digest('base64url')}`;
  },
  'PSS: another salt length': () => {
    const alg = pick(['PS256', 'PS384', 'PS512']);
    return token(alg, { alg, kid: 'rsa' }, somePayload(), KEYS.rsa,
      pick([0, 1, 20, alg.slice(2) / 8 - 1, alg.slice(2) / 8 + 1,
        constants.RSA_PSS_SALTLEN_MAX_SIGN]));
  },
  'key: not of the set': () => {
    const stranger = generateKeyPairSync('ed25519').privateKey;
    return token('EdDSA', { alg: 'EdDSA', kid: 'ed' }, somePayload(), stranger);
  },
  'key: for encryption': () => {
    const alg = pick(['RS256', 'PS256']);
    const header = { alg, kid: 'enc' };
    if (random() < 0.5) delete header.kid;
    return token(alg, header, somePayload(), KEYS.enc);
  },
  'kid: another key': () => signed((h) => {
    h.kid = pick([...Object.values(KIDS), 'Rsa', 'rsa ', 'rs', 'rsaa', '',
      '../rsa', 'rsa\u0000', '\uff52sa', '__proto__', 'x'.repeat(300)]);
  }),
  'kid: no string': () => signed((h) => { h.kid = junk(); }),
  'kid: absent where two keys fit': () => token('ES256', { alg: 'ES256' },
    somePayload(), pick([KEYS.es256, KEYS.sibling])),
  'crit and b64': () => signed((h) => {
    if (random() < 0.7) h.crit = pick([[], ['b64'], ['x'], ['alg'], 'b64',
      null, [1], ['b64', 'b64']]);
    if (random() < 0.7 || h.crit === undefined) {
      h.b64 = pick([true, false, null, 0, 'false']);
    }
  }),
  'header: JSON that is none': () => signed((h, alg) => pick([
    `{"alg":"none","alg":"${alg}"}`, `{"alg":"${alg}","alg":"none"}`,
    `{"alg":"${alg}","alg":"${alg}"}`,
    `{"alg":"${alg}","\\u0061lg":"${alg}"}`,
    `{"alg":"${alg}"}x`, `{"alg":"${alg}"}{}`, `{"alg":"${alg}"}\u0000`,
    `\ufeff{"alg":"${alg}"}`, `{'alg':'${alg}'}`, `{"alg":"${alg}",}`,
    `{"alg":"${alg}"/**/}`, `[{"alg":"${alg}"}]`, `"${alg}"`, 'null', '',
    `{"alg":"${alg}","x":NaN}`, `{"alg":"${alg}","x":01}`,
    `{"alg":"${alg}","x":1e999}`, `{"alg":"${alg}","x":"\\ud800"}`,
    `{"alg":"${alg}","x":"\u0001"}`, `{"alg":"${alg}\\u0000"}`,
    `{"alg":"${alg}","x":${'['.repeat(40)}${']'.repeat(40)}}`,
    `{"alg":"${alg}","x":123456789012345678901234567890}`,
  ])),
  'header: not UTF-8': () => {
    const alg = pick(ALG_NAMES);
    const text = Buffer.concat([Buffer.from(`{"alg":"${alg}","x":"`),
      pick([Buffer.from([0xff]), Buffer.from([0xc0, 0x80]),
        Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xe2, 0x82])]),
      Buffer.from('"}')]);
    const input = `${b64(text)}.${b64(somePayload())}`;
    return `${input}.${b64(signature(alg, KEYS[ALGS[alg]], input))}`;
  },
  'base64: another spelling': () => {
    const split = parts();
    const i = below(3);
    const text = split[i];
    split[i] = pick([
      () => `${text}=`, () => `${text}==`, () => `${text}A`,
      () => `${text}AAAA`, () => insert(text, below(text.length), ' '),
      () => insert(text, below(text.length), pick(['\r', '\t', '\v', '%20',
        '\u00e9', '\u0000', '!', '-=', '='])),
      () => text.replace(/-/g, '+').replace(/_/g, '/'),
      () => text.slice(0, -1) + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[below(26)],
      () => text.slice(0, -1),
    ])();
    return split.join('.');
  },
  'base64: unused bits set': () => {
    const alphabet =
      'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const split = parts();
    const i = below(3);
    const last = alphabet.indexOf(split[i].at(-1));
    split[i] = split[i].slice(0, -1) + alphabet[last | (1 + below(3))];
    return split.join('.');
  },
  'segments: more, fewer, others': () => {
    const [head, payload, mac] = parts();
    const [otherHead, otherPayload, otherMac] = parts();
    return pick([
      [head, payload], [head], [], [head, payload, mac, ''],
      ['', head, payload, mac], [head, '', mac], ['', payload, mac],
      [head, payload, ''], [payload, head, mac], [head, payload, mac, mac],
      [head, payload, '', '', mac], [otherHead, payload, mac],
      [head, otherPayload, mac], [head, payload, otherMac],
      [`${head}.${payload}`, payload, mac],
    ]).join('.');
  },
  'not compact': () => {
    const [head, payload, mac] = parts();
    return pick([
      JSON.stringify({ protected: head, payload, signature: mac }),
      JSON.stringify({ payload, signatures: [{ protected: head,
        signature: mac }] }),
      ` ${head}.${payload}.${mac}`, `${head}.${payload}.${mac} `,
      `Bearer ${head}.${payload}.${mac}`, '', '.', '..', '...',
    ]);
  },
  'a character changed': () => {
    const text = honest();
    const at = below(text.length);
    return text.slice(0, at) + pick(['A', 'a', '0', '_', '.', '~'])
      + text.slice(at + 1);
  },
  'a bit of the signature flipped': () => {
    const [head, payload, mac] = parts();
    const raw = Buffer.from(mac, 'base64url');
    raw[below(raw.length)] ^= 1 << below(8);
    return [head, payload, b64(raw)].join('.');
  },
  'signature: of another length': () => {
    const [head, payload, mac] = parts();
    const raw = Buffer.from(mac, 'base64url');
    return [head, payload, b64(pick([
      Buffer.concat([raw, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), raw]), raw.subarray(1),
      raw.subarray(0, -1), Buffer.alloc(raw.length), Buffer.alloc(0),
      Buffer.concat([raw, raw]), Buffer.alloc(raw.length, 0xff),
      raw.subarray(0, raw.length / 2),
    ]))].join('.');
  },
  'ECDSA: DER, and r and s out of range': () => {
    const alg = pick(['ES256', 'ES384', 'ES512']);
    const input = `${b64(JSON.stringify({ alg, kid: kidOf(alg) }))}.${
      b64(somePayload())}`;
    const digest = `sha${alg === 'ES512' ? 512 : alg.slice(2)}`;
    const der = sign(digest, Buffer.from(input), KEYS[ALGS[alg]]);
    const half = { ES256: 32, ES384: 48, ES512: 66 }[alg];
    const number = () => pick([Buffer.alloc(half), Buffer.alloc(half, 0xff),
      Buffer.concat([Buffer.alloc(half - 1), Buffer.from([1])]), bytes(half)]);
    return `${input}.${b64(pick([der,
      Buffer.concat([number(), number()])]))}`;
  },
};

// --- the two verifiers ------------------------------------------------------

const directory = mkdtempSync(join(tmpdir(), 'differential.'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

function judgeOurs(jwks, tokens) {
  const file = join(directory, 'jwks.json');
  writeFileSync(file, JSON.stringify(jwks));
  const { status, signal, stdout, stderr } = spawnSync(judge, [file], {
    input: `${tokens.join('\n')}\n`, maxBuffer: 1 << 28, timeout: 60000,
  });
  if (status !== 0) {
    throw new Error(`jws_judge: ${signal ?? status}: ${stderr}`);
  }
  const lines = String(stdout).trimEnd().split('\n');
  if (lines.length !== tokens.length) {
    throw new Error(`${lines.length} verdicts on ${tokens.length} tokens`);
  }
  return lines.map((line) => (line.startsWith('ok ')
    ? { payload: line.slice(3) } : { reason: line.slice(3) }));
}

const options = { algorithms: ALG_NAMES };

async function tryAll(text, error) {
  for await (const key of error) {
    try {
      return await jose.compactVerify(text, key, options);
    } catch { /* the next */ }
  }
  throw error;
}

async function judgeJose(keys, text) {
  try {
    const { payload } = await jose.compactVerify(text, keys, options)
      .catch((error) => {
        if (error.code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
        return tryAll(text, error);
      });
    return { payload: b64(payload) };
  } catch (error) {
    return { reason: error.code ?? error.message };
  }
}

// The set as jose takes it: see the top.
function forJose(jwks) {
  const isObject = (key) => typeof key === 'object' && key !== null
    && !Array.isArray(key);
  const keys = jwks.keys.filter(isObject)
    .map(({ d, p, q, dp, dq, qi, ...key }) => {
      if (key.kty === 'OKP' && ['EdDSA', 'Ed25519'].includes(key.alg)) {
        delete key.alg;
      }
      return key;
    });
  return jose.createLocalJWKSet({ keys });
}

// --- comparing --------------------------------------------------------------

const tallies = new Map();
let failures = 0;

function complain(kind, text, ours, theirs) {
  failures += 1;
  if (failures > 10) return;
  console.error(`FAIL ${kind}\n  token ${text}\n  ours  ${
    JSON.stringify(ours)}\n  jose  ${JSON.stringify(theirs)}`);
}

async function compare(cases, jwks = JWKS) {
  const keys = forJose(jwks);
  const verdicts = judgeOurs(jwks, cases.map(({ text }) => text));
  for (const [i, { kind, text, mustPass }] of cases.entries()) {
    const ours = verdicts[i];
    const theirs = await judgeJose(keys, text);
    const tally = tallies.get(kind) ?? { both: 0, jose: 0, none: 0 };
    tallies.set(kind, tally);
    if (ours.payload !== undefined && ours.payload !== theirs.payload) {
      complain(kind, text, ours, theirs);
    }
    if (mustPass && (ours.payload === undefined
      || theirs.payload === undefined)) complain(kind, text, ours, theirs);
    if (ours.payload !== undefined) tally.both += 1;
    else if (theirs.payload !== undefined) tally.jose += 1;
    else tally.none += 1;
  }
}

// A token is a line here, so none can have a line feed.
const oneLine = (text) => text.replaceAll('\n', '\r');

function makeCases() {
  const kinds = Object.entries({ ...harmless, ...harmful });
  const cases = [];
  for (const alg of ALG_NAMES) {
    cases.push({ kind: 'honest', mustPass: true,
      text: token(alg, { alg, kid: kidOf(alg) }, somePayload()) });
  }
  while (cases.length < TOKENS) {
    cases.push({ kind: 'honest', text: honest(), mustPass: true });
    for (let i = 0; i < 9; i += 1) {
      const [kind, change] = pick(kinds);
      cases.push({ kind, text: oneLine(change()) });
    }
  }
  return cases;
}

// A key set with something wrong, or unusual, about some of its keys.
function someSet() {
  const changes = [
    (key) => { key.alg = pick([...ALG_NAMES, 'RSA-OAEP', 'HS256', null]); },
    (key) => { key.use = pick(['sig', 'enc', '', null, 1]); },
    (key) => { key.key_ops = pick([['verify'], ['sign'], [], 'verify',
      ['sign', 'verify'], null]); },
    (key) => { key.kid = pick(['rsa', 'es256', 'ed', '', null, 7]); },
    (key) => { delete key.kid; },
    (key) => { key.kty = pick(['RSA', 'EC', 'OKP', 'oct', 'rsa', null]); },
    (key) => { key.crv = pick(['P-256', 'P-384', 'Ed25519', 'Ed448', null]); },
    (key) => { delete key[pick(['n', 'e', 'x', 'y'])]; },
    (key) => { for (const m of ['x', 'y', 'n']) if (key[m]) key[m] += '='; },
    (key) => { if (key.e) key.e = pick(['AQ', 'Aw', 'AAEAAQ', 'AQAA']); },
    (key) => { if (key.y) key.y = key.x; },
    (key) => { key.x5c = ['AAAA']; key.x5t = 'x'; key.issuer = 'https://b'; },
    (key) => { key.d = 'AAAA'; },
  ];
  const keys = JWKS.keys.map((key) => ({ ...key }));
  for (let i = 0; i < 1 + below(4); i += 1) pick(changes)(pick(keys));
  if (random() < 0.3) keys.push({ ...pick(keys) });
  keys.sort(() => random() - 0.5);
  if (random() < 0.3) keys.unshift(pick([null, 1, 'key', [], {}]));
  return { keys };
}

function casesForSet() {
  const cases = [];
  for (const alg of ALG_NAMES) {
    for (const kid of [kidOf(alg), undefined]) {
      cases.push({ kind: 'key set changed',
        text: token(alg, { alg, kid }, somePayload()) });
    }
  }
  return cases;
}

console.log(`seed ${SEED}, ${TOKENS} tokens, ${SETS} key sets`);
await compare(makeCases());
for (let i = 0; i < SETS; i += 1) await compare(casesForSet(), someSet());

console.log('accepted by both / by jose alone / by none');
for (const [kind, { both, jose: alone, none }] of tallies) {
  console.log(`${[both, alone, none].map((n) => String(n).padStart(6))
    .join('')}  ${kind}`);
  if ((kind === 'key set changed' || kind in harmless) && both === 0) {
    complain(`nothing accepted: ${kind}`, '', {}, {});
  }
}
if (failures > 0) {
  console.error(`${failures} failures; again with SEED=${SEED}`);
  process.exit(1);
}
