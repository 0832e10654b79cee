// SPDX-License-Identifier: BSD-2-Clause
// B1 to B12: the mathematics of signatures; of keys, in weak.mjs.

import * as crypto from 'node:crypto';
import { claims } from './cases.mjs';
import { integer, sequence } from './der.mjs';
import { ALGS, b64, forge, forgeBy, jwk, jwks, keys, sign, token, unb64 } from
  './keys.mjs';
import {
  CURVES, ECDSA, ED25519_L, ED25519_P, pkcs1, pss, reversed, rsaRaw, toBytes,
  toNumber,
} from './numbers.mjs';
import { weakKeys } from './weak.mjs';

const rs256 = { alg: 'RS256', kid: 'rsa' };

// A token cut into what is signed and what signs.
function cut(compact) {
  const end = compact.lastIndexOf('.');
  return [compact.slice(0, end), unb64(compact.slice(end + 1))];
}

function range(c, alg, twin) {
  const { size, n } = CURVES[ECDSA[alg]];
  const [input, signature] = cut(twin.token);
  const r = toNumber(signature.subarray(0, size));
  const s = toNumber(signature.subarray(size));
  const low = alg.toLowerCase();
  const top = 2n ** BigInt(8 * size) - 1n;
  const join = (a, b) =>
    `${input}.${b64(Buffer.concat([toBytes(a, size), toBytes(b, size)]))}`;
  const refuse = (id, name, ...pair) =>
    c.refuse(id, `${id.toLowerCase()}_${low}_${name}`, twin, 'signature',
      { token: join(...pair) });

  refuse('B1', 'psychic_signature', 0n, 0n);
  refuse('B1', 'r_zero', 0n, s);
  refuse('B1', 's_zero', r, 0n);
  refuse('B1', 'both_one', 1n, 1n);
  refuse('B2', 'r_is_the_order', n, s);
  refuse('B2', 's_is_the_order', r, n);
  refuse('B2', 'both_are_the_order', n, n);
  refuse('B2', 'order_and_zero', n, 0n);
  refuse('B2', 'r_above_the_order', n + 1n, s);
  refuse('B2', 's_above_the_order', r, n + 1n);
  refuse('B2', 'all_ones', top, top);
  refuse('B2', 'r_negated', top + 1n - r, s);
  refuse('B2', 's_negated', r, top + 1n - s);
  refuse('B2', 'r_and_s_swapped', s, r);
  if (alg === 'ES512') { // the others leave no room for it
    refuse('B2', 'r_plus_the_order', r + n, s);
    refuse('B2', 's_plus_the_order', r, s + n);
  }
  // harmless: another spelling of the same signature, by nobody else
  c.accept('B5', `b5_${low}_s_mirrored`, { token: join(r, n - s) });
  refuse('B5', 'r_mirrored', n - r, s);
  refuse('B5', 'both_mirrored', n - r, n - s);
}

function lengths(c, alg, twin) {
  const { size } = CURVES[ECDSA[alg]];
  const [input, signature] = cut(twin.token);
  const r = signature.subarray(0, size);
  const s = signature.subarray(size);
  const zero = Buffer.alloc(1);
  const kid = ALGS[alg];
  const low = alg.toLowerCase();
  const shapes = {
    der: sequence(integer(r), integer(s)),
    der_without_sign_bytes: sequence(integer(r, true), integer(s, true)),
    der_padded: Buffer.concat([sequence(integer(r), integer(s)),
      Buffer.alloc(2 * size)]).subarray(0, 2 * size),
    zero_in_front: Buffer.concat([zero, signature]),
    zeros_in_front_of_both: Buffer.concat([zero, r, zero, s]),
    zero_behind: Buffer.concat([signature, zero]),
    one_byte_short: signature.subarray(0, -1),
    first_byte_gone: signature.subarray(1),
    r_alone: r,
    empty: Buffer.alloc(0),
    one_byte: zero,
    twice: Buffer.concat([signature, signature]),
    of_another_curve: sign('ES256', alg === 'ES384' ? keys.es256 : keys.es384,
      input),
  };

  for (const [name, bytes] of Object.entries(shapes))
    c.refuse('B3', `b3_${low}_${name}`, twin, 'signature',
      { token: `${input}.${b64(bytes)}` });

  // with a leading zero that a shorter form would leave out
  const [whole, part] = withLeadingZero(() =>
    cut(forgeBy(alg, keys[kid], { alg, kid }, claims())), size);
  const padded = c.accept('B3', `b3_${low}_leading_zero`,
    { token: `${whole}.${b64(part)}` });
  const at = part[alg === 'ES512' ? 1 : 0] === 0 ? 0 : size;
  c.refuse('B3', `b3_${low}_leading_zero_stripped`, padded, 'signature', {
    token: `${whole}.${b64(Buffer.concat([part.subarray(0, at),
      part.subarray(at + 1)]))}`,
  });
  for (const bytes of [1000, 48000])
    c.refuse('B4', `b4_${low}_signature_of_${bytes}_bytes`, twin, 'signature',
      { token: `${input}.${b64(Buffer.alloc(bytes, 0xff))}` });
  c.refuse('B4', `b4_${low}_signature_beyond_all_limits`, twin,
    'token-malformed', { token: `${input}.${b64(Buffer.alloc(1 << 20, 7))}` });
}

// Until r or s begins with a zero byte (of P-521, with more than its 7 bits).
function withLeadingZero(make, size) {
  for (;;) {
    const [input, signature] = make();
    const i = size === 66 ? 1 : 0;
    if (signature[i] === 0 || signature[size + i] === 0)
      return [input, signature];
  }
}

// Signatures by the true key, of paddings that lax verifiers take
// (CVE-2022-24771 to 24773, CVE-2020-14968).
function paddings(c) {
  const by = (encode) => forge(rs256, claims(),
    (input) => rsaRaw(keys.rsa, encode(input)));
  const honest = c.accept('B7', 'b7_padding_made_by_hand',
    { token: by((input) => pkcs1(256, input)) });
  const shapes = {
    without_parameters: { parameters: null },
    with_other_parameters: { parameters: integer(Buffer.from([1])) },
    of_type_0: { type: 0, fill: 0 },
    of_type_2: { type: 2, fill: 0x55 },
    of_zeros: { fill: 0 },
    cut_short: { length: 80 },
    with_bytes_behind: { behind: Buffer.alloc(8, 7) },
    of_another_hash: { digest: 'sha512' },
    of_sha1: { digest: 'sha1' },
    with_the_name_of_another_hash: { name: 'sha512' },
    without_digest_info: { info: Buffer.alloc(32) },
    empty: { info: Buffer.alloc(0) },
  };

  for (const [name, options] of Object.entries(shapes))
    c.refuse('B7', `b7_padding_${name}`, honest, 'signature',
      { token: by((input) => pkcs1(256, input, options)) });

  // the length is that of the modulus, whatever the number is
  let whole;
  let part;
  do {
    [whole, part] = cut(forgeBy('RS256', keys.rsa, rs256,
      claims({ jti: crypto.randomUUID() })));
  } while (part[0] !== 0);
  const zero = c.accept('B8', 'b8_leading_zero',
    { token: `${whole}.${b64(part)}` });
  const { n } = jwk(keys.rsa);
  const number = toNumber(part);
  const lengths = {
    leading_zero_stripped: part.subarray(1),
    zero_in_front: Buffer.concat([Buffer.alloc(1), part]),
    zero_behind: Buffer.concat([part, Buffer.alloc(1)]),
    one_byte_short: part.subarray(0, -1),
    plus_the_modulus: toBytes(number + toNumber(unb64(n))),
    the_modulus: unb64(n),
    zero: Buffer.alloc(256),
    one: toBytes(1n, 256),
    all_ones: Buffer.alloc(256, 0xff),
    empty: Buffer.alloc(0),
    negated: toBytes(toNumber(unb64(n)) - number, 256),
  };
  for (const [name, bytes] of Object.entries(lengths))
    c.refuse('B8', `b8_${name}`, zero, 'signature',
      { token: `${whole}.${b64(bytes)}` });
}

function pssShapes(c) {
  const ps256 = { alg: 'PS256', kid: 'rsa' };
  const by = (options) => forge(ps256, claims(),
    (input) => rsaRaw(keys.rsa, pss(256, input, options)));
  const twin = c.accept('B9', 'b9_pss_made_by_hand', { token: by() });

  for (const [name, options] of Object.entries({
    without_salt: { salt: 0 },
    salt_of_20_bytes: { salt: 20 },
    salt_of_31_bytes: { salt: 31 },
    salt_of_33_bytes: { salt: 33 },
    salt_of_64_bytes: { salt: 64 },
    longest_salt: { salt: 222 },
    mask_of_sha1: { mask: 'sha1' },
    mask_of_sha512: { mask: 'sha512' },
    sha1: { digest: 'sha1', salt: 32 },
    sha512_with_salt_of_32: { digest: 'sha512', salt: 32 },
    other_trailer: { trailer: 0xcc },
    padding_of_ones: { fill: 1 },
    no_separator: { separator: 0 },
  }))
    c.refuse('B9', `b9_${name}`, twin, 'signature', { token: by(options) });
}

// The y of a point of order 8 (RFC 7748 6.1 lists it for the other form).
const EIGHTH =
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

// Coordinate y, and how often such a point makes the neutral element.
const LOW_ORDER = [
  [1n, 1n],
  [ED25519_P - 1n, 2n],
  [0n, 4n],
  [EIGHTH, 8n],
  [ED25519_P - EIGHTH, 8n],
];

// R the neutral element and S zero: good for any text whose hash is a multiple
// of the order (RFC 8032 5.1.7).
function forgedFor(x, order, header) {
  const neutral = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
  for (let i = 0; ; i++) {
    const input = `${b64(JSON.stringify(header))}.${
      b64(JSON.stringify(claims({ jti: String(i) })))}`;
    const k = toNumber(reversed(crypto.createHash('sha512')
      .update(Buffer.concat([neutral, x, Buffer.from(input)])).digest()));
    if (k % ED25519_L % order === 0n)
      return `${input}.${b64(Buffer.concat([neutral, Buffer.alloc(32)]))}`;
  }
}

async function edwards(c) {
  const header = { alg: 'EdDSA', kid: 'ed' };
  const good = jwk(keys.ed, { kid: 'ed' });
  const twin = c.accept('B10', 'b10_ed25519',
    { token: await token(header, claims(), keys.ed), jwks: jwks(good) });
  const [input, signature] = cut(twin.token);
  const key = (name, x, changes = {}) =>
    c.refuse('B10', `b10_${name}`, twin, 'key-unusable',
      { jwks: jwks({ ...good, x }), ...changes });
  const wrong = (name, bytes) =>
    c.refuse('B10', `b10_${name}`, twin, 'signature',
      { token: `${input}.${b64(bytes)}` });

  for (const [i, [y, order]] of LOW_ORDER.entries())
    for (const bit of [0n, 1n]) {
      const x = reversed(toBytes(y | bit << 255n, 32));
      key(`low_order_${i}_${bit}`, b64(x),
        { token: forgedFor(x, order, header) });
    }
  for (const y of [0n, 1n, 2n, 18n])
    key(`y_not_reduced_${y}`, b64(reversed(toBytes(ED25519_P + y, 32))));
  key('x_of_31_bytes', b64(unb64(good.x).subarray(1)));
  key('x_of_33_bytes', b64(Buffer.concat([unb64(good.x), Buffer.alloc(1)])));
  key('x_empty', '');
  key('x_missing', undefined);
  key('x_padded', `${good.x}=`);
  key('x_of_ed448', jwk(keys.ed448).x);
  for (const [name, member] of [['ed448', jwk(keys.ed448, { kid: 'ed' })],
    ['x25519', jwk(keys.x25519, { kid: 'ed' })],
    ['ed25519_called_x25519', { ...good, crv: 'X25519' }],
    ['ed25519_called_ec', { ...good, kty: 'EC' }]])
    c.refuse('B10', `b10_key_${name}`, twin, 'key-unusable',
      { jwks: jwks(member) });
  c.refuse('B10', 'b10_signed_by_ed448', twin, 'key-unusable', {
    token: await token(header, claims(), keys.ed448),
    jwks: jwks(jwk(keys.ed448, { kid: 'ed' })),
  });

  const s = toNumber(reversed(signature.subarray(32)));
  const r = signature.subarray(0, 32);
  for (const times of [1n, 2n, 7n])
    wrong(`s_not_reduced_${times}`, Buffer.concat([r,
      reversed(toBytes(s + times * ED25519_L, 32))]));
  wrong('s_zero', Buffer.concat([r, Buffer.alloc(32)]));
  wrong('of_zeros', Buffer.alloc(64));
  wrong('of_63_bytes', signature.subarray(0, 63));
  wrong('of_65_bytes', Buffer.concat([signature, Buffer.alloc(1)]));
  wrong('of_114_bytes', sign('Ed448', keys.ed448, input));
  wrong('halves_swapped', Buffer.concat([signature.subarray(32), r]));
  wrong('prehashed', sign('EdDSA', keys.ed,
    crypto.createHash('sha512').update(input).digest()));
}

// A MAC that is good up to some byte; how long the comparison takes is a
// matter of CRYPTO_memcmp.
function macs(c) {
  const secret = crypto.randomBytes(64);
  const twin = c.accept('B11', 'b11_hs256', {
    token: forgeBy('HS256', secret, { alg: 'HS256' }, claims()),
    policy: { algs: 'HS256', client_secret: b64(secret) },
  });
  const [input, mac] = cut(twin.token);

  for (const at of [0, 1, 15, 16, 30, 31]) {
    const other = Buffer.from(mac);
    other[at] ^= 1;
    c.refuse('B11', `b11_mac_wrong_in_byte_${at}`, twin, 'signature',
      { token: `${input}.${b64(other)}` });
  }
  for (const [name, bytes] of [['cut_to_16', mac.subarray(0, 16)],
    ['cut_by_one', mac.subarray(0, 31)], ['empty', Buffer.alloc(0)],
    ['with_a_zero_behind', Buffer.concat([mac, Buffer.alloc(1)])],
    ['twice', Buffer.concat([mac, mac])],
    ['of_zeros', Buffer.alloc(32)],
    ['by_sha512', sign('HS512', secret, input)]])
    c.refuse('B11', `b11_mac_${name}`, twin, 'signature',
      { token: `${input}.${b64(bytes)}` });

  // whoever compares beyond the end of a shorter one may find a zero there
  let whole;
  let last;
  do {
    [whole, last] = cut(forgeBy('HS256', secret, { alg: 'HS256' },
      claims({ jti: crypto.randomUUID() })));
  } while (last.at(-1) !== 0);
  const zero = c.accept('B11', 'b11_mac_with_a_zero_at_its_end',
    { token: `${whole}.${b64(last)}`, policy: twin.policy });
  c.refuse('B11', 'b11_mac_without_the_zero_at_its_end', zero, 'signature',
    { token: `${whole}.${b64(last.subarray(0, -1))}` });
}

// Whatever EVP_DigestVerify answers: only 1 is yes.
async function errors(c) {
  for (const [alg, kid] of Object.entries(ALGS)) {
    const twin = c.accept('B12', `b12_${alg.toLowerCase()}`,
      { token: await token({ alg, kid }, claims(), keys[kid]) });
    const [input, signature] = cut(twin.token);
    const fills = { ones: 0xff, high_bits: 0x80, sevens: 7 };
    for (const [name, fill] of Object.entries(fills))
      c.refuse('B12', `b12_${alg.toLowerCase()}_signature_of_${name}`, twin,
        'signature', {
          token: `${input}.${b64(Buffer.alloc(signature.length, fill))}`,
        });
    for (const at of [0, signature.length >> 1, signature.length - 1]) {
      const flipped = Buffer.from(signature);
      flipped[at] ^= 0x01;
      c.refuse('B12', `b12_${alg.toLowerCase()}_bit_flipped_in_byte_${at}`,
        twin, 'signature', { token: `${input}.${b64(flipped)}` });
    }
    for (const answer of [0, -1, -2, 2])
      c.refuse('B12', `b12_${alg.toLowerCase()}_answer_${
        String(answer).replace('-', 'minus_')}`, twin, 'signature',
      { answers: { EVP_DigestVerify: answer } });
    const [header, payload] = input.split('.');
    const other = b64(JSON.stringify(claims({ sub: 'root' })));
    c.refuse('B12', `b12_${alg.toLowerCase()}_payload_exchanged`, twin,
      'signature', { token: `${header}.${other}.${b64(signature)}` });
    c.refuse('B12', `b12_${alg.toLowerCase()}_header_exchanged`, twin,
      'signature', {
        token: `${b64(JSON.stringify({ kid, alg }))}.${payload}.${
          b64(signature)}`,
      });
  }
}

export async function signatures(c) {
  const ecdsa = {};

  for (const alg of Object.keys(ECDSA)) {
    const kid = ALGS[alg];
    const twin = c.accept('B1', `b1_${alg.toLowerCase()}`,
      { token: await token({ alg, kid }, claims(), keys[kid]) });
    range(c, alg, twin);
    lengths(c, alg, twin);
    ecdsa[alg] = twin;
  }
  weakKeys(c, ecdsa);
  paddings(c);
  pssShapes(c);
  await edwards(c);
  macs(c);
  await errors(c);
}
