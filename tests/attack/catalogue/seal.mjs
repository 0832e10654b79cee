// SPDX-License-Identifier: BSD-2-Clause
// Compact JWE by hand (RFC 7516 5.1, RFC 7518 4 and 5), where npm jose makes
// none: every part of it can be another than it should be.

import * as crypto from 'node:crypto';
import { b64, json, jwk } from './keys.mjs';

const CONTENT = { A128GCM: 16, A192GCM: 24, A256GCM: 32, 'A128CBC-HS256': 32,
  'A192CBC-HS384': 48, 'A256CBC-HS512': 64 };

const number = (value, size) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes.subarray(8 - size);
};
const datum = (bytes) => Buffer.concat([number(bytes.length, 4), bytes]);
const hash = (name, ...data) =>
  crypto.createHash(name).update(Buffer.concat(data)).digest();

// Concat KDF with SHA-256 (RFC 7518 4.6.2), without party information.
function derive(secret, id, size) {
  const info = [datum(Buffer.from(id)), datum(Buffer.alloc(0)),
    datum(Buffer.alloc(0)), number(8 * size, 4)];
  return Buffer.concat([1, 2].map((counter) =>
    hash('sha256', number(counter, 4), secret, ...info))).subarray(0, size);
}

function wrap(kek, cek) {
  const cipher = crypto.createCipheriv(`id-aes${8 * kek.length}-wrap`, kek,
    Buffer.alloc(8, 0xa6));
  return Buffer.concat([cipher.update(cek), cipher.final()]);
}

// [encrypted key, content encryption key, header members] for `alg`.
function agree(alg, enc, key, epk) {
  const size = CONTENT[enc] ?? 32;
  const cek = crypto.randomBytes(size);
  const padding = { RSA1_5: crypto.constants.RSA_PKCS1_PADDING }[alg] ??
    crypto.constants.RSA_PKCS1_OAEP_PADDING;

  if (alg.startsWith('RSA')) {
    const oaepHash = alg === 'RSA-OAEP-256' ? 'sha256' : 'sha1';
    return [crypto.publicEncrypt({ key, padding, oaepHash }, cek), cek, {}];
  }
  if (Buffer.isBuffer(key))
    return alg === 'dir' ? [Buffer.alloc(0), key, {}]
      : [wrap(key, cek), cek, {}];
  const secret = crypto.diffieHellman(
    { privateKey: epk, publicKey: crypto.createPublicKey(key) });
  const members = { epk: jwk(epk) };
  const bits = /\+A(\d+)KW$/.exec(alg)?.[1];
  return bits === undefined
    ? [Buffer.alloc(0), derive(secret, enc, size), members]
    : [wrap(derive(secret, alg, bits / 8), cek), cek, members];
}

function gcm(cek, iv, aad, text) {
  const cipher = crypto.createCipheriv(`aes-${8 * cek.length}-gcm`, cek, iv);
  cipher.setAAD(Buffer.from(aad));
  const content = Buffer.concat([cipher.update(text), cipher.final()]);
  return [content, cipher.getAuthTag()];
}

function cbc(cek, iv, aad, text, isPadded) {
  const half = cek.length / 2;
  const cipher = crypto.createCipheriv(`aes-${8 * half}-cbc`,
    cek.subarray(half), iv);
  cipher.setAutoPadding(isPadded);
  const content = Buffer.concat([cipher.update(text), cipher.final()]);
  const tag = crypto.createHmac(`sha${16 * half}`, cek.subarray(0, half))
    .update(Buffer.concat([Buffer.from(aad), iv, content,
      number(8 * aad.length, 8)])).digest().subarray(0, half);
  return [content, tag];
}

// The five parts: header text and four buffers. `header` adds members or, as
// a text, replaces it all; `epk` is the sender's own private key; `as` is the
// encryption that is really done; without padding, CBC takes whole blocks.
export function parts(text, {
  alg, enc, key, header = {}, epk, iv, as = enc, isPadded = true,
}) {
  const [encrypted, cek, members] = agree(alg, as, key, epk);
  const isGcm = as.endsWith('GCM');
  const vector = iv ?? crypto.randomBytes(isGcm ? 12 : 16);
  const aad = b64(json(typeof header === 'string' ? header
    : { alg, enc, ...members, ...header }));
  const [content, tag] = (isGcm ? gcm : cbc)(cek, vector, aad,
    Buffer.from(text), isPadded);
  return [aad, encrypted, vector, content, tag];
}

export const join = ([aad, ...rest]) => [aad, ...rest.map(b64)].join('.');
export const seal = (text, options) => join(parts(text, options));
