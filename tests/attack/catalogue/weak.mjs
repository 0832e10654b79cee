// SPDX-License-Identifier: BSD-2-Clause
// B6 and B7: keys that are none, or none that protect anything.

import { claims } from './cases.mjs';
import { ALGS, b64, ec, forge, forgeBy, jwk, jwks, keys, unb64 } from
  './keys.mjs';
import {
  CURVES, ECDSA, cubeRoot, pkcs1, prime, primes, rsaJwk, rsaOf, rsaOfBits,
  rsaPower, toBytes, toNumber,
} from './numbers.mjs';

const rs256 = { alg: 'RS256', kid: 'rsa' };

// What is no point of its curve, in the place of the key that signed.
function points(c, alg, twin) {
  const curve = ECDSA[alg];
  const { size, p } = CURVES[curve];
  const kid = ALGS[alg];
  const good = jwk(keys[kid], { kid });
  const [x, y] = [toNumber(unb64(good.x)), toNumber(unb64(good.y))];
  const low = alg.toLowerCase();
  const point = (a, b) =>
    ({ ...good, x: b64(toBytes(a, size)), y: b64(toBytes(b, size)) });
  const top = 2n ** BigInt(8 * size) - 1n;
  const ok = c.accept('B6', `b6_${low}_on_the_curve`,
    { token: twin.token, jwks: jwks(good) });
  const refuse = (name, member) =>
    c.refuse('B6', `b6_${low}_${name}`, ok, 'key-unusable',
      { jwks: jwks(member) });

  for (const answer of [0, -1, -2])
    c.refuse('B12', `b12_${low}_point_answer_${
      String(answer).replace('-', 'minus_')}`, ok, 'key-unusable',
    { answers: { EVP_PKEY_public_check_quick: answer } });
  refuse('off_the_curve', point(x, y ^ 1n));
  refuse('other_x', point((x + 1n) % p, y));
  refuse('swapped', point(y, x));
  refuse('infinity_as_zeros', point(0n, 0n));
  refuse('empty', { ...good, x: '', y: '' });
  refuse('x_alone_empty', { ...good, x: '' });
  refuse('coordinates_are_p', point(p, p));
  refuse('all_ones', point(top, top));
  if (alg === 'ES512') {
    refuse('x_plus_p', point(x + p, y));
    refuse('y_plus_p', point(x, y + p));
  }
  refuse('zero_in_front', { ...good,
    x: b64(toBytes(x, size + 1)), y: b64(toBytes(y, size + 1)) });
  refuse('x_too_long_and_y_too_short', { ...good,
    x: b64(toBytes(x, size + 1)), y: b64(toBytes(y, size).subarray(1)) });
  // the same bytes, and another boundary between the two
  const both = Buffer.concat([toBytes(x, size), toBytes(y, size)]);
  for (const at of [size - 1, size + 1])
    refuse(`x_of_${at}_bytes`, { ...good, x: b64(both.subarray(0, at)),
      y: b64(both.subarray(at)) });
  refuse('uncompressed_in_x', { ...good, y: '',
    x: b64(Buffer.concat([Buffer.from([4]), both])) });
  refuse('compressed', { ...good, y: undefined,
    x: b64(Buffer.concat([Buffer.from([2]), toBytes(x, size)])) });
  refuse('y_missing', { ...good, y: undefined });
  refuse('x_number', { ...good, x: 1 });
  refuse('x_padded', { ...good, x: `${good.x}=` });
  refuse('x_standard_base64', { ...good, x: `+/${good.x.slice(2)}` });
  for (const [i, crv] of ['P-192', 'P-256K', 'secp256k1', 'prime256v1',
    curve.toLowerCase(), `${curve} `, '', 'Ed25519', 1, [curve],
    curve === 'P-256' ? 'P-384' : 'P-256'].entries())
    refuse(`wrong_crv_${i}`, { ...good, crv });
  refuse('crv_missing', { ...good, crv: undefined });
}

// A coordinate that begins with a zero byte must keep it (RFC 7518 6.2.1.2).
function shortCoordinate(c) {
  let key;
  let member;
  do {
    key = ec('P-256');
    member = jwk(key, { kid: 'short' });
  } while (unb64(member.x)[0] !== 0);
  const ok = c.accept('B6', 'b6_coordinate_with_a_leading_zero', {
    token: forgeBy('ES256', key, { alg: 'ES256', kid: 'short' }, claims()),
    jwks: jwks(member),
  });
  c.refuse('B6', 'b6_coordinate_without_its_leading_zero', ok, 'key-unusable',
    { jwks: jwks({ ...member, x: b64(unb64(member.x).subarray(1)) }) });
}

// RS256 by numbers alone: no library would make these keys.
function byNumbers(key, changes) {
  const size = toBytes(key.n).length;
  return {
    token: forge(rs256, claims(),
      (input) => rsaPower(key, pkcs1(size, input))),
    jwks: jwks(rsaJwk(key, { kid: 'rsa', ...changes })),
  };
}

// Each has a signature that is good, or would be with the check left out.
function modulus(c) {
  const twin = c.accept('B7', 'b7_rsa_2048', byNumbers(rsaOfBits(2048)));
  const refuse = (name, login, expect = 'key-unusable') =>
    c.refuse('B7', `b7_${name}`, twin, expect, login);

  c.accept('B7', 'b7_rsa_8192', byNumbers(rsaOfBits(8192)));
  refuse('rsa_512', byNumbers(rsaOf(primes(1))));
  refuse('rsa_1024', {
    token: forgeBy('RS256', keys.small, rs256, claims()),
    jwks: jwks(jwk(keys.small, { kid: 'rsa' })),
  });
  refuse('rsa_2047', byNumbers(rsaOfBits(2047)));
  refuse('rsa_8193', byNumbers(rsaOfBits(8193)));
  for (const factor of [2n, 3n, 5n, 31n, 47n])
    refuse(`modulus_with_the_factor_${factor}`,
      byNumbers(rsaOf([factor, ...primes(5)])));

  const good = rsaJwk(rsaOfBits(2048), { kid: 'rsa' });
  const bytes = unb64(good.n);
  const shapes = {
    modulus_0: { n: 'AA' },
    modulus_1: { n: 'AQ' },
    modulus_empty: { n: '' },
    modulus_missing: { n: undefined },
    modulus_a_number: { n: 65537 },
    modulus_of_zeros: { n: b64(Buffer.alloc(256)) },
    modulus_of_16384_bits: { n: b64(Buffer.alloc(2048, 0xa7)) },
    modulus_of_a_megabit: { n: b64(Buffer.alloc(128 * 1024, 0xa7)) },
    modulus_padded: { n: `${good.n}==` },
    modulus_in_standard_base64: { n: bytes.toString('base64') },
    modulus_with_a_blank: { n: `${good.n.slice(0, 9)} ${good.n.slice(9)}` },
  };
  for (const [name, members] of Object.entries(shapes))
    refuse(name, { jwks: jwks({ ...good, ...members }) });
  const zero = { ...JSON.parse(twin.jwks).keys[0] };
  zero.n = b64(Buffer.concat([Buffer.alloc(1), unb64(zero.n)]));
  refuse('modulus_with_a_leading_zero', { jwks: jwks(zero) });
}

function exponent(c) {
  const key = rsaOfBits(2048);
  const member = rsaJwk(key, { kid: 'rsa' });
  const size = toBytes(key.n).length;
  const good = c.accept('B7', 'b7_exponent_65537', byNumbers(key));
  const refuse = (name, changes) =>
    c.refuse('B7', `b7_exponent_${name}`, good, 'key-unusable', changes);

  // with an exponent of 1 the padded text is its own signature
  refuse('1', {
    token: forge(rs256, claims(), (input) => pkcs1(size, input)),
    jwks: jwks({ ...member, e: 'AQ' }),
  });
  refuse('of_34_bits', byNumbers(rsaOfBits(2048, prime(34))));
  refuse('of_256_bits', byNumbers(rsaOfBits(2048, prime(256))));
  refuse('as_large_as_the_modulus',
    byNumbers({ ...key, e: key.d, d: key.e }));
  for (const [name, e] of [['0', 'AA'], ['2', 'Ag'], ['65536', 'AQAA'],
    ['empty', ''], ['missing', undefined], ['a_number', 65537],
    ['with_a_leading_zero', 'AAEAAQ'], ['null', null], ['text', '65537']])
    refuse(`is_${name}`, { jwks: jwks({ ...member, e }) });
  c.accept('B7', 'b7_exponent_of_33_bits',
    byNumbers(rsaOfBits(2048, prime(33))));

  // Bleichenbacher 2006: a cube whose first bytes are those of a signature
  const set = jwks(jwk(keys.three, { kid: 'rsa' }));
  const three = c.accept('B7', 'b7_exponent_3', {
    token: forgeBy('RS256', keys.three, rs256, claims()),
    jwks: set,
  });
  for (const [name, fill] of [['hash_left', 8], ['one_byte_of_padding', 1]])
    c.refuse('B7', `b7_cube_root_forgery_${name}`, three, 'signature', {
      token: forge(rs256, claims(), (input) => {
        const block = pkcs1(256, input, { length: 51 + fill + 3 });
        const root = cubeRoot(toNumber(block.fill(0, 51 + fill + 3)));
        return toBytes(root, 256);
      }),
    });
}

export function weakKeys(c, ecdsa) {
  for (const [alg, twin] of Object.entries(ecdsa))
    points(c, alg, twin);
  shortCoordinate(c);
  modulus(c);
  exponent(c);
}
