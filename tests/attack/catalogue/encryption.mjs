// SPDX-License-Identifier: BSD-2-Clause
// C1 to C8: encrypted tokens. Whoever reads our public key can make one: only
// the signed token inside says anything about who is asking.

import * as crypto from 'node:crypto';
import * as zlib from 'node:zlib';
import { CLIENT, ISSUER, claims, idToken, slug } from './cases.mjs';
import {
  b64, ec, forge, generate, jose, jwk, keys, token, unb64,
} from './keys.mjs';
import { CURVES, ED25519_P, reversed, toBytes, toNumber } from './numbers.mjs';
import { join, parts, seal } from './seal.mjs';

const ours = {
  rsa: generate('rsa', { modulusLength: 2048 }),
  'P-256': ec('P-256'),
  'P-384': ec('P-384'),
  'P-521': ec('P-521'),
  X25519: generate('x25519'),
};
const fresh = (curve) =>
  (curve === 'X25519' ? generate('x25519') : ec(curve));
const half = (key) => crypto.createPublicKey(key);
const ENCS = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256',
  'A192CBC-HS384', 'A256CBC-HS512'];
const AGREEMENT = ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW',
  'ECDH-ES+A256KW'];

// The private key as an administrator may have it.
const pem = (key, type = 'pkcs8') => key.export({ type, format: 'pem' });
const priv = (key, members) =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...members });
const forms = (name, key) => [pem(key), priv(key), priv(key, { use: 'enc' }),
  ...(name === 'rsa' ? [pem(key, 'pkcs1')] : []),
  ...(name.startsWith('P-') ? [pem(key, 'sec1')] : [])];

const rsa = { alg: 'RSA-OAEP-256', enc: 'A256GCM', key: half(ours.rsa) };
const policy = { decryption_key: pem(ours.rsa) };
const payload = JSON.stringify(claims());

// Every algorithm with every encryption, by npm jose.
async function matrix(c, inner) {
  const all = [...['RSA-OAEP', 'RSA-OAEP-256'].map((alg) => [alg, 'rsa']),
    ...['P-256', 'P-384', 'P-521', 'X25519'].flatMap((curve) =>
      AGREEMENT.map((alg) => [alg, curve]))];
  let i = 0;

  for (const [alg, name] of all)
    for (const enc of ENCS) {
      const shapes = forms(name, ours[name]);
      const sealed = await new jose.CompactEncrypt(Buffer.from(inner))
        .setProtectedHeader({ alg, enc, cty: 'JWT' })
        .setKeyManagementParameters(
          name === 'rsa' ? {} : { epk: fresh(name) })
        .encrypt(half(ours[name]));
      const good = c.accept('C1', `c1_${slug(`${alg} ${name} ${enc}`)}`, {
        token: sealed,
        payload,
        policy: { decryption_key: shapes[i++ % shapes.length] },
      });
      const other = name === 'rsa' ? keys.other.rsa : fresh(name);
      c.refuse('C6', `c6_${slug(`${alg} ${name} ${enc}`)}_to_another_key`,
        good, 'decrypt', { policy: { decryption_key: pem(other) } });
    }
}

async function confusion(c, inner) {
  const twin = c.accept('C1', 'c1_signed_then_encrypted',
    { token: seal(inner, rsa), payload, policy });
  const refuse = (name, expect, text) =>
    c.refuse('C1', `c1_${name}`, twin, expect, { token: seal(text, rsa) });

  refuse('encrypted_claims', 'token-malformed', payload);
  refuse('encrypted_claims_without_dots', 'token-malformed', '{"sub":"x"}');
  refuse('encrypted_text', 'token-malformed', 'root');
  refuse('encrypted_alg_none', 'alg',
    forge({ alg: 'none' }, claims(), () => ''));
  refuse('encrypted_by_us_and_signed_by_another', 'signature',
    await token({ alg: 'ES256', kid: 'es256' }, claims(), keys.other.es256));
  refuse('encrypted_and_mac_of_our_public_key', 'alg', forge(
    { alg: 'HS256' }, claims(), (input) => crypto.createHmac('sha256',
      half(ours.rsa).export({ type: 'spki', format: 'pem' }))
      .update(input).digest()));
  refuse('encrypted_and_expired', 'exp', await idToken(claims({ exp: 1 })));
  refuse('encrypted_and_for_another_client', 'aud',
    await idToken(claims({ aud: 'other' })));
  refuse('signature_behind_a_blank', 'token-malformed', ` ${inner}`);
  refuse('two_tokens', 'token-malformed', `${inner}.${inner}`);
  c.refuse('C1', 'c1_signed_but_not_encrypted', twin, 'decrypt',
    { token: inner });
  c.refuse('C1', 'c1_not_signed_and_not_encrypted', twin, 'decrypt',
    { token: forge({ alg: 'none' }, claims(), () => '') });
  c.refuse('C1', 'c1_encrypted_where_no_key_is_configured', twin,
    'token-malformed', { policy: { decryption_key: undefined } });
  const plain = c.accept('C1', 'c1_signed_alone', { token: inner });
  // to the provider's own key: no key of a key set ever decrypts
  for (const kid of ['rsa', 'es256'])
    c.refuse('C1', `c1_encrypted_to_the_signing_key_${kid}`, plain,
      'token-malformed', {
        token: kid === 'rsa' ? seal(payload, { ...rsa, key: half(keys.rsa) })
          : seal(payload, { alg: 'ECDH-ES', enc: 'A128GCM',
            key: keys.es256, epk: ec('P-256') }),
      });
  for (const [i, compact] of ['....', `${inner}.`,
    `${twin.token}.`, `.${twin.token}`, twin.token.replace(/^[^.]*/, ''),
    twin.token.split('.').slice(0, 4).join('.')].entries())
    c.refuse('C1', `c1_parts_too_few_or_empty_${i}`, twin,
      compact.split('.').length === 5 ? 'token-malformed' : 'decrypt',
      { token: compact });
  c.refuse('C1', 'c1_signed_with_two_parts_more', twin, 'alg',
    { token: `${inner}..` });
  return twin;
}

// What the header of the encryption may say besides.
function headers(c, twin, inner) {
  const by = (header) => seal(inner, { ...rsa, header });
  const nested = c.accept('C1', 'c1_cty_and_typ_of_a_nested_token',
    { token: by({ cty: 'JWT', typ: 'JWT' }), payload, policy });

  for (const [i, header] of [{ cty: 'json' }, { cty: 'at+jwt' }, { cty: 1 },
    { typ: 'at+jwt' }, { typ: 'logout+jwt' }, { typ: null }].entries())
    c.refuse('C1', `c1_envelope_of_another_kind_${i}`, nested, 'typ',
      { token: by({ cty: 'JWT', ...header }) });
  for (const [i, crit] of [['exp'], [], ['b64'], 'exp', null].entries())
    c.refuse('C1', `c1_envelope_with_crit_${i}`, nested, 'crit',
      { token: by({ crit, exp: 1 }) });
  const copied = c.accept('C1', 'c1_replicated_claims', {
    token: by({ iss: ISSUER, sub: '248289761001', aud: CLIENT }),
    payload,
    policy,
  });
  for (const [i, members] of [{ iss: `${ISSUER}/` }, { sub: 'root' },
    { aud: 'other' }, { aud: [CLIENT] }, { iss: null }, { sub: 1 }].entries())
    c.refuse('C1', `c1_replicated_claims_that_differ_${i}`, copied, 'claims', {
      token: by({ iss: ISSUER, sub: '248289761001', aud: CLIENT, ...members }),
    });
  const named = c.accept('C1', 'c1_kid_of_our_key', {
    token: by({ kid: 'mine' }),
    payload,
    policy: { decryption_key: priv(ours.rsa, { kid: 'mine' }) },
  });
  c.refuse('C1', 'c1_kid_of_another_key', named, 'key-unusable',
    { token: by({ kid: 'theirs' }) });
  for (const [i, kid] of [1, null, ['mine'], 'k'.repeat(257)].entries())
    c.refuse('C1', `c1_kid_that_is_none_${i}`, named, 'token-malformed',
      { token: by({ kid }) });
  for (const [i, text] of ['', '{', '[]', 'null', '{"alg":1,"enc":"A256GCM"}',
    '{"enc":"A256GCM"}', '{"alg":"RSA-OAEP-256"}',
    '{"alg":"RSA-OAEP-256","enc":["A256GCM"]}',
    '{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A256GCM"}',
    '{"alg":"dir","\\u0061lg":"RSA-OAEP-256","enc":"A256GCM"}',
    '\ufeff{"alg":"RSA-OAEP-256","enc":"A256GCM"}'].entries())
    c.refuse('C1', `c1_envelope_with_malformed_header_${i}`, twin,
      'token-malformed', { token: seal(inner, { ...rsa, header: text }) });
}

// Ways to a key that are left out: passwords, shared keys, old padding.
async function refusedKeys(c, twin, inner) {
  const secret = crypto.randomBytes(64);
  const policyWithSecret = { ...policy, client_secret: b64(secret) };
  const known = c.accept('C7', 'c7_beside_a_client_secret',
    { token: twin.token, payload, policy: policyWithSecret });

  for (const count of [1000, 2 ** 31 - 1, Number.MAX_SAFE_INTEGER]) {
    const header = { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM',
      p2s: b64(crypto.randomBytes(16)), p2c: count };
    c.refuse('C2', `c2_pbes2_with_${count}_rounds`, twin, 'alg',
      { token: [b64(JSON.stringify(header)),
        ...twin.token.split('.').slice(1)].join('.') });
  }
  c.refuse('C2', 'c2_pbes2_by_the_client_secret', known, 'alg', {
    token: await new jose.CompactEncrypt(Buffer.from(inner))
      .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM' })
      .encrypt(secret),
  });
  for (const size of [16, 24, 32]) {
    const key = secret.subarray(0, size);
    c.refuse('C7', `c7_a${8 * size}kw_by_the_client_secret`, known, 'alg', {
      token: seal(inner, { alg: `A${8 * size}KW`, enc: 'A128GCM', key }),
    });
    c.refuse('C7', `c7_a${8 * size}gcmkw_by_the_client_secret`, known, 'alg', {
      token: await new jose.CompactEncrypt(Buffer.from(inner))
        .setProtectedHeader({ alg: `A${8 * size}GCMKW`, enc: 'A128GCM' })
        .encrypt(key),
    });
    c.refuse('C7', `c7_dir_by_the_client_secret_${size}`, known, 'alg', {
      token: seal(inner, { alg: 'dir', enc: `A${8 * size}GCM`, key }),
    });
  }
  c.refuse('C7', 'c7_dir_with_a_key_of_zeros', twin, 'alg', {
    token: seal(inner, { alg: 'dir', enc: 'A128GCM', key: Buffer.alloc(16) }),
  });
  for (const [i, enc] of ['none', '', 'A128CTR', 'A256CBC', 'a256gcm',
    'A256GCM ', 'XC20P', 'C20P', 'A128GCMKW', 'A512GCM'].entries())
    c.refuse('C7', `c7_enc_that_is_none_${i}`, twin, 'alg',
      { token: seal(inner, { ...rsa, enc, as: 'A256GCM' }) });
  for (const [i, alg] of ['none', '', 'rsa-oaep-256', 'RSA-OAEP-512',
    'RSA-OAEP-384', 'RS256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-1PU',
    'A256KW', 'RSA-OAEP-256 '].entries())
    c.refuse('C7', `c7_alg_that_does_not_go_with_the_key_${i}`, twin, 'alg',
      { token: seal(inner, { ...rsa, header: { alg } }) });
  const pinned = c.accept('C7', 'c7_key_for_one_alg', {
    token: twin.token,
    payload,
    policy: { decryption_key: priv(ours.rsa, { alg: 'RSA-OAEP-256' }) },
  });
  c.refuse('C7', 'c7_key_for_another_alg', pinned, 'alg',
    { token: seal(inner, { ...rsa, alg: 'RSA-OAEP' }) });

  c.refuse('C4', 'c4_rsa1_5', twin, 'alg',
    { token: seal(inner, { ...rsa, alg: 'RSA1_5' }) });
  c.refuse('C4', 'c4_rsa1_5_called_oaep', twin, 'decrypt', {
    token: seal(inner, { ...rsa, alg: 'RSA1_5',
      header: { alg: 'RSA-OAEP-256' } }),
  });
  c.refuse('C4', 'c4_oaep_with_sha1_called_sha256', twin, 'decrypt', {
    token: seal(inner, { ...rsa, alg: 'RSA-OAEP',
      header: { alg: 'RSA-OAEP-256' } }),
  });
}

// One answer, whatever is wrong with the encrypted key.
function oracles(c, twin, inner) {
  const made = parts(inner, rsa);
  const { n } = jwk(ours.rsa);
  const encrypt = (bytes) => crypto.publicEncrypt({ key: rsa.key,
    padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
  bytes);

  for (const [name, bytes] of Object.entries({
    zeros: Buffer.alloc(256),
    one: toBytes(1n, 256),
    all_ones: Buffer.alloc(256, 0xff),
    the_modulus: unb64(n),
    random: Buffer.concat([Buffer.alloc(1), crypto.randomBytes(255)]),
    a_bit_flipped: flip(made[1], 200),
    a_byte_short: made[1].subarray(1),
    a_byte_long: Buffer.concat([Buffer.alloc(1), made[1]]),
    empty: Buffer.alloc(0),
    key_of_16_bytes: encrypt(crypto.randomBytes(16)),
    key_of_33_bytes: encrypt(crypto.randomBytes(33)),
    key_of_no_bytes: encrypt(Buffer.alloc(0)),
    another_key: encrypt(crypto.randomBytes(32)),
  }))
    c.refuse('C4', `c4_encrypted_key_${name}`, twin, 'decrypt',
      { token: join([made[0], bytes, ...made.slice(2)]) });
}

function flip(bytes, at) {
  const other = Buffer.from(bytes);
  other[at] ^= 1;
  return other;
}

function compressed(c, twin, inner) {
  const bomb = zlib.deflateRawSync(Buffer.alloc(20 * 1024 * 1024, 'A'));

  c.refuse('C3', 'c3_zip_bomb', twin, 'alg',
    { token: seal(bomb, { ...rsa, header: { zip: 'DEF' } }) });
  c.refuse('C3', 'c3_zip_of_a_good_token', twin, 'alg', {
    token: seal(zlib.deflateRawSync(inner), { ...rsa, header: { zip: 'DEF' } }),
  });
  for (const [i, zip] of ['DEF', 'GZ', '', 'none', null, false, 1,
    ['DEF']].entries())
    c.refuse('C3', `c3_zip_that_changes_nothing_${i}`, twin, 'alg',
      { token: seal(inner, { ...rsa, header: { zip } }) });
}

function points(c, inner) {
  for (const curve of ['P-256', 'P-384', 'P-521']) {
    const { p, size } = CURVES[curve];
    const epk = ec(curve);
    const good = jwk(epk);
    const [x, y] = [toNumber(unb64(good.x)), toNumber(unb64(good.y))];
    const options = { alg: 'ECDH-ES', enc: 'A128GCM', key: ours[curve], epk };
    const by = (other) =>
      seal(inner, { ...options, header: { epk: other } });
    const twin = c.accept('C5', `c5_${slug(curve)}`, {
      token: by(good),
      payload,
      policy: { decryption_key: pem(ours[curve]) },
    });
    const point = (a, b) => ({ kty: 'EC', crv: curve, x: b64(toBytes(a, size)),
      y: b64(toBytes(b, size)) });
    const foreign = curve === 'P-256' ? 'P-384' : 'P-256';
    for (const [name, other] of Object.entries({
      off_the_curve: point(x, y ^ 1n),
      other_x: point((x + 1n) % p, y),
      infinity: point(0n, 0n),
      not_below_p: point(p, y),
      empty: { ...good, x: '', y: '' },
      a_byte_short: { ...good, x: b64(toBytes(x, size).subarray(1)) },
      a_byte_long: { ...good, x: b64(toBytes(x, size + 1)) },
      of_another_curve: jwk(ec(foreign)),
      called_another_curve: { ...good, crv: foreign },
      called_okp: { ...good, kty: 'OKP' },
      without_y: { ...good, y: undefined },
      without_crv: { ...good, crv: undefined },
      x25519: jwk(ours.X25519),
      oct: { kty: 'oct', k: 'AA' },
      text: 'epk',
      list: [good],
      null: null,
      nothing: undefined,
    }))
      c.refuse('C5', `c5_${slug(curve)}_epk_${name}`, twin, 'key-unusable',
        { token: by(other) });
    c.refuse('C5', `c5_${slug(curve)}_epk_of_another_agreement`, twin,
      'decrypt', { token: by(jwk(ec(curve))) });
    c.refuse('C5', `c5_${slug(curve)}_encrypted_key_where_there_is_none`, twin,
      'decrypt', {
        token: join(parts(inner, options).map((part, i) =>
          (i === 1 ? Buffer.alloc(16) : part))),
      });
    for (const name of ['apu', 'apv'])
      c.refuse('C5', `c5_${slug(curve)}_${name}_added`, twin, 'decrypt',
        { token: seal(inner, { ...options, header: { [name]: 'QWxpY2U' } }) });
    for (const [i, apu] of ['QWxpY2U=', '+/', 1, null].entries())
      c.refuse('C5', `c5_${slug(curve)}_apu_malformed_${i}`, twin,
        'token-malformed',
        { token: seal(inner, { ...options, header: { apu } }) });
  }
}

// RFC 7748 6.1: with these the agreement is zero, whatever our key is.
function montgomery(c, inner) {
  const epk = generate('x25519');
  const good = jwk(epk);
  const twin = c.accept('C5', 'c5_x25519', {
    token: seal(inner, { alg: 'ECDH-ES', enc: 'A128GCM', key: ours.X25519,
      epk }),
    payload,
    policy: { decryption_key: pem(ours.X25519) },
  });
  const eighth =
    0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn;
  const other =
    0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n;
  const zero = crypto.createHash('sha256').update(Buffer.concat([
    Buffer.from([0, 0, 0, 1]), Buffer.alloc(32), Buffer.from([0, 0, 0, 7]),
    Buffer.from('A128GCM'), Buffer.alloc(8), Buffer.from([0, 0, 0, 128]),
  ])).digest().subarray(0, 16);

  for (const [i, u] of [0n, 1n, ED25519_P - 1n, ED25519_P, ED25519_P + 1n,
    eighth, other].entries()) {
    const point = { kty: 'OKP', crv: 'X25519',
      x: b64(reversed(toBytes(u, 32))) };
    c.refuse('C5', `c5_x25519_low_order_${i}`, twin, 'decrypt', {
      token: seal(inner, { alg: 'dir', enc: 'A128GCM', key: zero,
        header: { alg: 'ECDH-ES', epk: point } }),
    });
  }
  for (const [name, changes] of Object.entries({
    of_31_bytes: { x: good.x.slice(0, -2) },
    of_33_bytes: { x: b64(Buffer.alloc(33, 9)) },
    empty: { x: '' },
    called_ed25519: { crv: 'Ed25519' },
    called_x448: { crv: 'X448' },
    of_p256: jwk(ec('P-256')),
  }))
    c.refuse('C5', `c5_x25519_epk_${name}`, twin, 'key-unusable', {
      token: seal(inner, { alg: 'ECDH-ES', enc: 'A128GCM', key: ours.X25519,
        epk, header: { epk: { ...good, ...changes } } }),
    });
}

// Tags and vectors that are too short still match in what is left of them.
function truncated(c, inner) {
  for (const enc of ENCS) {
    const options = { ...rsa, enc };
    const made = parts(inner, options);
    const [header, key, iv, content, tag] = made;
    const twin = c.accept('C6', `c6_${slug(enc)}`,
      { token: join(made), payload, policy });
    const refuse = (name, changed) =>
      c.refuse('C6', `c6_${slug(enc)}_${name}`, twin, 'decrypt',
        { token: join(changed) });

    for (const answer of [0, -1, -2])
      c.refuse('C6', `c6_${slug(enc)}_answer_${
        String(answer).replace('-', 'minus_')}`, twin, 'decrypt',
      { answers: { EVP_DecryptFinal_ex: answer } });
    for (const size of [0, 1, 4, 8, 12, tag.length - 1])
      refuse(`tag_of_${size}_bytes`,
        [header, key, iv, content, tag.subarray(0, size)]);
    refuse('tag_too_long',
      [header, key, iv, content, Buffer.concat([tag, Buffer.alloc(1)])]);
    refuse('tag_of_zeros',
      [header, key, iv, content, Buffer.alloc(tag.length)]);
    for (const at of [0, tag.length - 1])
      refuse(`tag_wrong_in_byte_${at}`,
        [header, key, iv, content, flip(tag, at)]);
    for (const size of [0, 1, iv.length - 1, iv.length + 1])
      refuse(`vector_of_${size}_bytes`, [header, key,
        Buffer.concat([iv, Buffer.alloc(1)]).subarray(0, size), content, tag]);
    refuse('vector_changed', [header, key, flip(iv, 0), content, tag]);
    refuse('content_changed', [header, key, iv, flip(content, 9), tag]);
    refuse('content_cut', [header, key, iv, content.subarray(0, -16), tag]);
    refuse('content_longer', [header, key, iv,
      Buffer.concat([content, Buffer.alloc(16)]), tag]);
    refuse('header_changed', [b64(JSON.stringify({ alg: rsa.alg, enc,
      x: 1 })), ...made.slice(1)]);
    c.refuse('C6', `c6_${slug(enc)}_without_content`, twin, 'token-malformed',
      { token: join([header, key, iv, Buffer.alloc(0), tag]) });
    if (enc.endsWith('GCM')) // sound but for its length (NIST SP 800-38D 8.2)
      for (const size of [8, 16])
        refuse(`made_with_a_vector_of_${size}_bytes`,
          parts(inner, { ...options, iv: crypto.randomBytes(size) }));
  }
  // a good tag does not make good padding, nor anything of nothing
  const cbc = { ...rsa, enc: 'A128CBC-HS256' };
  const padded = c.accept('C6', 'c6_cbc_by_hand',
    { token: seal(inner, cbc), payload, policy });
  for (const [i, last] of [0, 17, 255].entries())
    c.refuse('C6', `c6_cbc_with_bad_padding_${i}`, padded, 'decrypt', {
      token: seal(Buffer.alloc(32, last), { ...cbc, isPadded: false }),
    });
  for (const enc of ['A128CBC-HS256', 'A128GCM'])
    c.refuse('C6', `c6_${slug(enc)}_of_nothing`, padded, 'token-malformed',
      { token: seal('', { ...rsa, enc }) });
  const twin = c.accept('C6', 'c6_base64url',
    { token: seal(inner, rsa), payload, policy });
  for (let i = 0; i < 5; i++) {
    const pieces = twin.token.split('.');
    pieces[i] += '=';
    c.refuse('C6', `c6_part_${i}_padded`, twin, 'token-malformed',
      { token: pieces.join('.') });
  }
  const wrapped = c.accept('C6', 'c6_wrapped_key', {
    token: seal(inner, { alg: 'ECDH-ES+A128KW', enc: 'A128GCM',
      key: ours['P-256'], epk: ec('P-256') }),
    payload,
    policy: { decryption_key: pem(ours['P-256']) },
  });
  const [header, key, ...rest] = wrapped.token.split('.');
  for (const [name, bytes] of Object.entries({
    a_bit_flipped: flip(unb64(key), 3),
    a_block_short: unb64(key).subarray(8),
    a_block_long: Buffer.concat([unb64(key), Buffer.alloc(8)]),
    a_byte_short: unb64(key).subarray(1),
    empty: Buffer.alloc(0),
  }))
    c.refuse('C6', `c6_wrapped_key_${name}`, wrapped, 'decrypt',
      { token: [header, b64(bytes), ...rest].join('.') });
}

async function nested(c, twin, inner) {
  const again = seal(inner, rsa);

  c.refuse('C8', 'c8_encrypted_twice', twin, 'token-malformed',
    { token: seal(again, rsa) });
  let deep = inner;
  for (let i = 0; i < 6; i++)
    deep = seal(deep, rsa);
  c.refuse('C8', 'c8_encrypted_six_times', twin, 'token-malformed',
    { token: deep });
  c.refuse('C8', 'c8_signed_encrypted_token', twin, 'typ', {
    token: seal(await idToken(again, { cty: 'JWT' }), rsa),
  });
  c.refuse('C8', 'c8_signed_twice', twin, 'typ', {
    token: seal(await idToken(inner, { cty: 'JWT' }), rsa),
  });
  c.refuse('C8', 'c8_signed_twice_without_cty', twin, 'claims', {
    token: seal(await idToken(inner), rsa),
  });
}

export async function encryption(c) {
  const inner = await idToken(payload);
  const twin = await confusion(c, inner);

  await matrix(c, inner);
  headers(c, twin, inner);
  await refusedKeys(c, twin, inner);
  oracles(c, twin, inner);
  compressed(c, twin, inner);
  points(c, inner);
  montgomery(c, inner);
  truncated(c, inner);
  await nested(c, twin, inner);
}
