// SPDX-License-Identifier: BSD-2-Clause
// Arithmetic that no library lends itself to: RSA keys of any shape, paddings
// (RFC 8017 9), and the constants of the curves (FIPS 186-4 D.1.2, RFC 8032).

import * as crypto from 'node:crypto';
import { octets, oid, nil, sequence } from './der.mjs';
import { b64 } from './keys.mjs';

export const CURVES = {
  'P-256': {
    size: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    size: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    n: 2n ** 384n
      - 0x389cb27e0bc8d220a7e5f24db74f58851313e695333ad68dn,
  },
  'P-521': {
    size: 66,
    p: 2n ** 521n - 1n,
    n: 2n ** 521n -
      0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n,
  },
};

export const ECDSA = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

export const ED25519_P = 2n ** 255n - 19n;
export const ED25519_L = 2n ** 252n + 27742317777372353535851937790883648493n;

export function toNumber(bytes) {
  return BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}

export function toBytes(number, size) {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'),
    'hex');
  if (size === undefined)
    return bytes;
  if (bytes.length > size)
    throw new RangeError('too large');
  return Buffer.concat([Buffer.alloc(size - bytes.length), bytes]);
}

export const reversed = (bytes) => Buffer.from(bytes).reverse();

function power(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n)
      result = result * square % modulus;
    square = square * square % modulus;
  }
  return result;
}

function inverse(a, modulus) {
  let [r0, r1, t0, t1] = [modulus, a % modulus, 0n, 1n];
  while (r1 > 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return r0 === 1n ? ((t0 % modulus) + modulus) % modulus : undefined;
}

// The least number whose cube is not below.
export function cubeRoot(number) {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(number.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (middle ** 3n < number)
      low = middle + 1n;
    else
      high = middle;
  }
  return low;
}

// Its two highest bits are set.
export const prime = (bits) => crypto.generatePrimeSync(bits, { bigint: true });
const pool = [];

// So many primes of 512 bits, the same ones each time: they are dear.
export function primes(count) {
  while (pool.length < count)
    pool.push(prime(512));
  return pool.slice(0, count);
}

// An RSA key of any primes, and of any exponent that has an inverse.
export function rsaOf(factors, e = 65537n) {
  const n = factors.reduce((product, p) => product * p, 1n);
  const order = factors.reduce((product, p) => product * (p - 1n), 1n);
  return { n, e, d: inverse(e, order), factors, bits: n.toString(2).length };
}

// Of exactly so many bits; more than two primes are found sooner.
export function rsaOfBits(bits, e) {
  const known = primes(Math.floor((bits - 256) / 512));
  const rest = bits - known.reduce((all, p) => all * p).toString(2).length;
  for (let i = 0; i < 1000; i++) { // lengths add up, or to one less
    const key = rsaOf([...known, prime(rest + i % 2)], e);
    if (key.bits === bits && key.d !== undefined)
      return key;
  }
  throw new Error(`no key of ${bits} bits`);
}

export const rsaJwk = ({ n, e }, members = {}) =>
  ({ kty: 'RSA', n: b64(toBytes(n)), e: b64(toBytes(e)), ...members });

// m^d mod n, as long as the modulus; by each factor (RFC 8017 5.1.2, b).
export function rsaPower({ n, d, factors }, message) {
  const m = toNumber(message);
  const sum = factors.reduce((all, p) => all + power(m, d % (p - 1n), p) *
    (n / p) * inverse(n / p, p), 0n);
  return toBytes(sum % n, toBytes(n).length);
}

// The same by a key of node:crypto.
export const rsaRaw = (key, message) => crypto.privateEncrypt(
  { key, padding: crypto.constants.RSA_NO_PADDING }, message);

const SHA = { sha1: '2b0e03021a', sha256: '608648016503040201',
  sha512: '608648016503040203' };
const hash = (name, data) => crypto.createHash(name).update(data).digest();

// EMSA-PKCS1-v1_5 (RFC 8017 9.2); the options are what may be wrong with it.
export function pkcs1(size, input, {
  digest = 'sha256', name = digest, parameters = nil, type = 1, fill = 0xff,
  length = size, behind = Buffer.alloc(0), info,
} = {}) {
  const text = info ?? sequence(
    sequence(oid(SHA[name]), ...(parameters === null ? [] : [parameters])),
    octets(hash(digest, input)));
  const tail = Buffer.concat([text, behind]);
  const pad = Buffer.alloc(length - tail.length - 3, fill);
  const block = Buffer.concat(
    [Buffer.from([0, type]), pad, Buffer.alloc(1), tail]);
  return Buffer.concat([block, Buffer.alloc(size - length, 0x2a)]);
}

// EMSA-PSS (RFC 8017 9.1.1) for a modulus of 8 * size bits.
export function pss(size, input, {
  digest = 'sha256', mask = digest, salt = 32, trailer = 0xbc, fill = 0,
  separator = 1,
} = {}) {
  const random = crypto.randomBytes(salt);
  const h = hash(digest, Buffer.concat(
    [Buffer.alloc(8), hash(digest, input), random]));
  const db = Buffer.concat([Buffer.alloc(size - salt - h.length - 2, fill),
    Buffer.from([separator]), random]);
  for (let i = 0, counter = 0; i < db.length; counter++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    for (const byte of hash(mask, Buffer.concat([h, number])))
      if (i < db.length)
        db[i++] ^= byte;
  }
  db[0] &= 0x7f;
  return Buffer.concat([db, h, Buffer.from([trailer])]);
}
