// SPDX-License-Identifier: BSD-2-Clause
// A5 to A12 and A15: where keys come from, and which of them it is.

import * as crypto from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { ISSUER, claims, slug } from './cases.mjs';
import { certificate } from './der.mjs';
import { ALGS, HONEST, b64, forgeBy, jwk, jwks, keys, token } from './keys.mjs';

const rs256 = { alg: 'RS256', kid: 'rsa' };

async function embedded(c, twin) {
  const evil = jwk(keys.other.rsa);
  const der = certificate(keys.other.rsa);
  const print = (hash) => crypto.createHash(hash).update(der)
    .digest('base64url');
  const data = `data:application/json,${encodeURIComponent(
    jwks({ ...evil, kid: 'rsa' }))}`;
  const headers = [
    ['A5', 'jwk', { jwk: evil }],
    ['A5', 'jwk_of_the_same_kid', { jwk: { ...evil, kid: 'rsa' } }],
    ['A5', 'jwk_private', { jwk: keys.other.rsa.export({ format: 'jwk' }) }],
    ['A6', 'jku', { jku: 'https://attacker.example/jwks' }],
    ['A6', 'jku_on_the_issuer', { jku: `${ISSUER}/redirect?to=//evil` }],
    ['A6', 'jku_file', { jku: 'file:///tmp/jwks.json' }],
    ['A6', 'jku_data', { jku: data }],
    ['A6', 'jku_metadata_service', { jku: 'http://169.254.169.254/latest' }],
    ['A6', 'x5u', { x5u: 'https://attacker.example/cert.pem' }],
    ['A7', 'x5c', { x5c: [der.toString('base64')] }],
    ['A7', 'x5t', { x5t: print('sha1'), 'x5t#S256': print('sha256') }],
  ];

  for (const [id, name, members] of headers) {
    const header = { ...rs256, ...members };
    const low = id.toLowerCase();
    const good = c.accept(id, `${low}_${name}_is_not_looked_at`,
      { token: await token(header, claims(), keys.rsa) });
    c.refuse(id, `${low}_${name}`, good, 'signature',
      { token: await token(header, claims(), keys.other.rsa) });
    const { kid, ...nameless } = header;
    c.refuse(id, `${low}_${name}_without_kid`, good, 'signature',
      { token: await token(nameless, claims(), keys.other.rsa) });
    c.refuse(id, `${low}_${name}_with_kid_of_its_own`, good, 'key-unknown', {
      token: await token({ ...header, kid: 'mine' }, claims(),
        keys.other.rsa),
    });
  }

  // a certificate beside n and e in the key set is somebody else's
  const set = jwks(jwk(keys.rsa, { kid: 'rsa', x5c: [der.toString('base64')],
    x5t: print('sha1') }));
  const good = c.accept('A7', 'a7_x5c_in_the_key_set_is_not_looked_at',
    { token: twin.token, jwks: set });
  c.refuse('A7', 'a7_key_of_x5c_in_the_key_set', good, 'signature',
    { token: await token(rs256, claims(), keys.other.rsa) });
  c.refuse('A7', 'a7_key_set_with_x5c_alone', good, 'key-unusable', {
    jwks: jwks({ kty: 'RSA', kid: 'rsa', x5c: [der.toString('base64')] }),
  });
}

async function kids(c, twin) {
  const by = (kid) => token({ alg: 'RS256', kid }, claims(), keys.rsa);
  const raw = (text) => forgeBy('RS256', keys.rsa,
    `{"alg":"RS256","kid":${text}}`, claims());

  for (const [i, kid] of ['../../../../dev/null', '/dev/null',
    '/proc/self/environ', 'rsa/../rsa', "' OR '1'='1", "x' UNION SELECT 'rsa",
    'rsa; id', '$(id)', '`id`', '|id', '*)(uid=*', 'http://attacker.example/k',
    '%s%s%s%n', '', ' rsa', 'rsa ', 'rsa\n', 'RSA', 'Rsa', 'rs', 'rsaa',
    'r\u0455a', '\uff52sa', 'rsa\u200b', '0', 'null', 'es256\trsa',
    'k'.repeat(256)].entries())
    c.refuse('A8', `a8_kid_injection_${i}`, twin, 'key-unknown',
      { token: await by(kid) });
  for (const [i, kid] of ['rsa\0', 'rsa\0x', 'k'.repeat(257),
    'k'.repeat(10000)].entries())
    c.refuse('A8', `a8_kid_with_nul_or_too_long_${i}`, twin, 'token-malformed',
      { token: await by(kid) });
  for (const [i, text] of ['1', 'null', 'true', '["rsa"]', '{"rsa":1}',
    '1.5'].entries())
    c.refuse('A8', `a8_kid_of_another_type_${i}`, twin, 'token-malformed',
      { token: raw(text) });

  const longest = 'k'.repeat(256);
  const atLimit = c.accept('A8', 'a8_kid_of_256_bytes', {
    token: await by(longest),
    jwks: jwks(jwk(keys.rsa, { kid: longest })),
  });
  c.refuse('A8', 'a8_kid_of_256_bytes_but_one', atLimit, 'key-unknown',
    { token: await by(`${longest.slice(1)}j`) });
}

async function sharedKids(c) {
  const same = (...list) =>
    jwks(...list.map((key) => jwk(key, { kid: 'same' })));
  const by = (alg, key, kid) => token({ alg, kid }, claims(), key);
  const two = { jwks: same(keys.rsa, keys.es256, keys.rsa2) };

  for (const [name, alg, key] of [['first', 'RS256', keys.rsa],
    ['second', 'RS256', keys.rsa2], ['of_another_kind', 'ES256', keys.es256]]) {
    const twin = c.accept('A8', `a8_duplicate_kid_${name}`,
      { token: await by(alg, key, 'same'), ...two });
    const evil = alg === 'ES256' ? keys.other.es256 : keys.other.rsa;
    c.refuse('A8', `a8_duplicate_kid_${name}_forged`, twin, 'signature',
      { token: await by(alg, evil, 'same') });
  }
  const nameless = c.accept('A8', 'a8_no_kid_and_one_key_fits', {
    token: await by('RS256', keys.rsa, undefined),
    jwks: jwks(jwk(keys.rsa, { kid: 'rsa' }), jwk(keys.es256)),
  });
  c.refuse('A8', 'a8_no_kid_and_two_keys_fit', nameless, 'key-unusable',
    { jwks: jwks(jwk(keys.rsa, { kid: 'rsa' }), jwk(keys.rsa2)) });
  c.refuse('A8', 'a8_no_kid_and_none_fits', nameless, 'key-unknown',
    { jwks: jwks(jwk(keys.es256), jwk(keys.ed)) });
  c.refuse('A8', 'a8_no_kid_and_another_key_signed', nameless, 'signature',
    { jwks: jwks(jwk(keys.rsa2)) });
  c.refuse('A8', 'a8_kid_where_keys_have_none', nameless, 'key-unknown', {
    token: await by('RS256', keys.rsa, 'rsa'),
    jwks: jwks(jwk(keys.rsa)),
  });
}

function uses(c, twin) {
  const set = (members) =>
    jwks(jwk(keys.rsa, { kid: 'rsa', ...members }));
  const good = {
    use_sig: { use: 'sig' },
    key_ops_verify: { key_ops: ['verify'] },
    key_ops_several: { use: 'sig', key_ops: ['sign', 'verify'] },
    issuer: { issuer: ISSUER },
  };
  const bad = {
    use_sig: [{ use: 'enc' }, { use: 'SIG' }, { use: 'sig ' }, { use: '' },
      { use: 1 }, { use: ['sig'] }, { use: 'enc', key_ops: ['verify'] }],
    key_ops_verify: [{ key_ops: ['sign'] }, { key_ops: ['encrypt'] },
      { key_ops: [] }, { key_ops: 'verify' }, { key_ops: ['Verify'] },
      { key_ops: [['verify']] }, { key_ops: { verify: true } },
      { key_ops: [null] }],
    key_ops_several: [{ use: 'sig', key_ops: ['wrapKey'] },
      { use: 'enc', key_ops: ['sign', 'verify'] }],
    issuer: [{ issuer: 'https://sso.example.com/realms/other' },
      { issuer: `${ISSUER}/` }, { issuer: ISSUER.toUpperCase() },
      { issuer: '' }, { issuer: 'https://sso.example.com/realms/{realm}' },
      { issuer: 1 }, { issuer: [ISSUER] }],
  };

  for (const [name, members] of Object.entries(good)) {
    const ok = c.accept('A9', `a9_key_with_${name}`,
      { token: twin.token, jwks: set(members) });
    for (const [i, other] of bad[name].entries())
      c.refuse('A9', `a9_key_not_for_us_${name}_${i}`, ok, 'key-unusable',
        { jwks: set(other) });
  }
  const beside = c.accept('A9', 'a9_encryption_key_first', {
    token: twin.token,
    jwks: jwks(jwk(keys.rsa2, { kid: 'rsa', use: 'enc' }),
      jwk(keys.rsa, { kid: 'rsa', use: 'sig' })),
  });
  c.refuse('A9', 'a9_encryption_key_signs', beside, 'signature',
    { token: forgeBy('RS256', keys.rsa2, rs256, claims()) });
  c.refuse('A10', 'a10_unknown_kid', twin, 'key-unknown',
    { token: forgeBy('RS256', keys.rsa, { alg: 'RS256', kid: 'new' },
      claims()) });
}

function poisoned(c, twin) {
  const good = jwk(keys.rsa, { kid: 'rsa' });
  const text = JSON.stringify(good);
  const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
  const junk = [null, 1, 'x', [], {}, true, { kty: null }, { kty: ['RSA'] },
    { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA' }, { kty: 'RSA' },
    { kty: 'OKP', crv: 'X448', x: 'AA' }, { kty: 'RSA', n: 1, e: 'AQAB' },
    { kty: 'RSA', n: 'AQAB', e: 'AQAB', kid: 'rsa' }, { kty: 'oct', k: 'AA' },
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, { keys: [good] }];
  const plain = c.accept('A11', 'a11_one_good_key',
    { token: twin.token, jwks: jwks(good) });

  for (const [i, document] of ['', ' ', 'null', '[]', '"keys"', '1',
    `[${text}]`, text, '{}', '{"keys":null}', '{"keys":{}}', '{"keys":"x"}',
    `{"keys":${text}}`, `{"Keys":[${text}]}`, `{"keys":[${text}]`,
    `{"keys":[${text}]}}`, `{"keys":[${text},]}`, `\ufeff{"keys":[${text}]}`,
    `{"keys":[],"keys":[${text}]}`, `{"keys":[${text}],"keys":[]}`,
    `{"keys":[${text}]}//`, `{'keys':[${text}]}`, `{"keys":[${text}],"x":NaN}`,
    `{"keys":[${text.replace('{', '{"kid":"x",')}]}`,
    `{"keys":[${text}],"x":"\\u0000"}`, `{"keys":[${text}],"x":"\\ud800"}`,
    '<!DOCTYPE html><html><body>Sign in</body></html>',
    `{"keys":[${text},${deep(20)}]}`, deep(100000),
    `{"keys":[${text}],"x":1e999}`].entries())
    c.refuse('A11', `a11_key_set_that_is_not_one_${i}`, plain, 'document',
      { jwks: document });
  c.refuse('A11', 'a11_key_set_with_malformed_utf8', plain, 'document', {
    jwks: Buffer.concat([Buffer.from(`{"keys":[${text}],"x":"`),
      Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  });
  c.refuse('A11', 'a11_key_set_with_nul', plain, 'document',
    { jwks: Buffer.from(`{"keys":[${text}]}\0`) });
  for (const [i, bad] of junk.entries())
    c.accept('A11', `a11_good_key_behind_junk_${i}`,
      { token: twin.token, jwks: jwks(bad, good) });
  const crowd = c.accept('A11', 'a11_good_key_behind_16383_others', {
    token: twin.token,
    jwks: `{"keys":[${'{},'.repeat(16383)}${text}]}`,
  });
  c.refuse('A11', 'a11_key_set_of_16385_keys', crowd, 'document',
    { jwks: `{"keys":[${'{},'.repeat(16384)}${text}]}` });
  c.accept('A11', 'a11_good_key_among_10000_of_all_kinds', {
    token: twin.token,
    jwks: jwks(...Array.from({ length: 10000 }, (_, i) =>
      ({ kid: `k${i}`, ...junk[i % junk.length] })), good),
  });
  c.refuse('A11', 'a11_the_key_itself_is_nested', plain, 'key-unknown',
    { jwks: jwks({ keys: [good] }) });
}

// Explicit nulls, as some providers write them: absent where a member is
// optional, missing where it is not.
function nulls(c, twin) {
  const set = (members) =>
    jwks(jwk(keys.rsa, { kid: 'rsa', ...members }));
  const all = { use: null, key_ops: null, alg: null, issuer: null, x5u: null,
    x5c: null, x5t: null, 'x5t#S256': null, exp: null };
  const ok = c.accept('A11', 'a11_optional_members_null',
    { token: twin.token, jwks: set(all) });

  c.accept('A11', 'a11_kid_null', {
    token: forgeBy('RS256', keys.rsa, { alg: 'RS256' }, claims()),
    jwks: set({ ...all, kid: null }),
  });
  for (const name of ['kty', 'n', 'e'])
    c.refuse('A11', `a11_${name}_null`, ok, 'key-unusable',
      { jwks: set({ ...all, [name]: null }) });
  const point = c.accept('A11', 'a11_optional_members_of_a_point_null', {
    token: forgeBy('ES256', keys.es256, { alg: 'ES256', kid: 'p' }, claims()),
    jwks: jwks(jwk(keys.es256, { kid: 'p', ...all })),
  });
  for (const name of ['crv', 'x', 'y'])
    c.refuse('A11', `a11_${name}_null`, point, 'key-unusable',
      { jwks: jwks(jwk(keys.es256, { kid: 'p', ...all, [name]: null })) });
}

function symmetric(c, twin, shared) {
  const secret = crypto.randomBytes(32);
  const member = { kty: 'oct', kid: 'shared', k: b64(secret) };
  const set = (...more) => jwks(...JSON.parse(HONEST).keys, ...more);
  const mac = forgeBy('HS256', secret, { alg: 'HS256', kid: 'shared' },
    claims());

  for (const [i, oct] of [member, { ...member, use: 'sig', alg: 'HS256' },
    { ...member, key_ops: ['verify'] }, { ...member, k: '' },
    { kty: 'oct', kid: 'shared' }].entries()) {
    const beside = c.accept('A12', `a12_oct_beside_an_honest_key_${i}`,
      { token: twin.token, jwks: set(oct) });
    const named = c.accept('A12', `a12_oct_beside_the_client_secret_${i}`,
      { token: shared.token, policy: shared.policy, jwks: set(oct) });
    c.refuse('A12', `a12_mac_by_oct_${i}`, beside, 'alg', { token: mac });
    c.refuse('A12', `a12_mac_by_oct_where_hs256_is_named_${i}`, named,
      'signature', { token: mac });
    c.refuse('A12', `a12_rs256_with_oct_${i}`, beside, 'key-unusable', {
      token: forgeBy('RS256', keys.rsa, { alg: 'RS256', kid: 'shared' },
        claims()),
    });
  }
}

// Keys that everybody has read: the private ones of the RFCs' examples stand
// for those of source trees, demos and documentation.
function published(c, honest) {
  const folder = new URL('../vectors/', import.meta.url);

  for (const file of readdirSync(folder)) {
    const member = JSON.parse(
      readFileSync(new URL(file, folder))).decryption_key;
    const alg = { RSA: 'RS256', 'P-256': 'ES256', 'P-384': 'ES384' }[
      member?.crv ?? member?.kty];
    if (alg === undefined)
      continue;
    const key = crypto.createPrivateKey({ key: member, format: 'jwk' });
    const kid = member.kid ?? 'cert-built-in';
    const name = slug(file.replace('.json', ''));
    c.refuse('A15', `a15_key_of_${name}`, honest[alg], 'signature', {
      token: forgeBy(alg, key, { alg, kid: ALGS[alg] }, claims()),
    });
    c.refuse('A15', `a15_key_of_${name}_by_its_own_name`, honest[alg],
      'key-unknown', { token: forgeBy(alg, key, { alg, kid }, claims()) });
  }
}

export async function selection(c, honest, shared) {
  const twin = honest.RS256;

  await embedded(c, twin);
  await kids(c, twin);
  await sharedKids(c);
  uses(c, twin);
  poisoned(c, twin);
  nulls(c, twin);
  symmetric(c, twin, shared);
  published(c, honest);
}
