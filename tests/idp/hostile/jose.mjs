// SPDX-License-Identifier: BSD-2-Clause
// Just enough JOSE to sign, to encrypt and to forge, on node:crypto alone.

import {
  constants, createCipheriv, createHash, createHmac, generateKeyPair,
  publicEncrypt, randomBytes, sign,
} from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

export const b64 = (data) => Buffer.from(data).toString('base64url');
const json64 = (value) => b64(JSON.stringify(value));
const { RSA_PKCS1_PSS_PADDING: PSS, RSA_PKCS1_OAEP_PADDING: OAEP } = constants;

// alg -> hash and the options of crypto.sign().
const ALGS = {
  RS256: ['sha256', {}],
  PS256: ['sha256', { padding: PSS, saltLength: 32 }],
  ES256: ['sha256', { dsaEncoding: 'ieee-p1363' }],
  ES384: ['sha384', { dsaEncoding: 'ieee-p1363' }],
  ES512: ['sha512', { dsaEncoding: 'ieee-p1363' }],
  EdDSA: [null, {}],
  Ed25519: [null, {}],
};

// at_hash uses the hash of the alg, SHA-512 for Ed25519 (as oidc-provider).
export function leftHalf(alg, text) {
  const name = { 256: 'sha256', 384: 'sha384' }[alg.slice(2)] ?? 'sha512';
  const hash = createHash(name).update(text).digest();
  return b64(hash.subarray(0, hash.length / 2));
}

// `key`: one of makeKeys(), a secret for HS256, nothing for none.
export function signature(alg, input, key) {
  if (alg.startsWith('HS')) {
    return createHmac(`sha${alg.slice(2)}`, key).update(input).digest();
  }
  if (!ALGS[alg]) return Buffer.alloc(0);
  const [hash, options] = ALGS[alg];
  return sign(hash, Buffer.from(input), { key: key.privateKey, ...options });
}

// `claims`: an object, or text as it shall be.
export function compactJws(header, claims, key) {
  const payload = typeof claims === 'string' ? b64(claims) : json64(claims);
  const input = `${json64(header)}.${payload}`;
  return `${input}.${b64(signature(header.alg, input, key))}`;
}

// RSA-OAEP and A256GCM (RFC 7516 5.1).
export function compactJwe(header, plaintext, publicKey) {
  const key = randomBytes(32);
  const iv = randomBytes(12);
  const aad = json64({ alg: 'RSA-OAEP', enc: 'A256GCM', ...header });
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(aad));
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const wrapped = publicEncrypt(
    { key: publicKey, padding: OAEP, oaepHash: 'sha1' }, key);
  return [aad, b64(wrapped), b64(iv), b64(text), b64(cipher.getAuthTag())]
    .join('.');
}

const KINDS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  ES384: ['ec', { namedCurve: 'P-384' }],
  ES512: ['ec', { namedCurve: 'P-521' }],
  EdDSA: ['ed25519', {}],
  // not the provider's for signing
  rotated: ['rsa', { modulusLength: 2048 }],
  foreign: ['rsa', { modulusLength: 2048 }],
  encryption: ['rsa', { modulusLength: 2048 }],
  client: ['rsa', { modulusLength: 2048 }],
};

// RFC 7638
function thumbprint(jwk) {
  const names = { RSA: ['e', 'kty', 'n'], EC: ['crv', 'kty', 'x', 'y'] };
  const members = names[jwk.kty] ?? ['crv', 'kty', 'x'];
  return createHash('sha256').update(JSON.stringify(
    Object.fromEntries(members.map((name) => [name, jwk[name]]))))
    .digest('base64url');
}

// name -> {privateKey, publicKey, kid, jwk}: new at every start, so that no
// private key is ever in the tree.
export async function makeKeys() {
  return Object.fromEntries(await Promise.all(Object.entries(KINDS).map(
    async ([name, [type, options]]) => {
      const { privateKey, publicKey } = await generate(type, options);
      const bare = publicKey.export({ format: 'jwk' });
      const kid = thumbprint(bare);
      const alg = ALGS[name] ? name : 'RS256';
      return [name, {
        privateKey, publicKey, kid, jwk: { ...bare, kid, alg, use: 'sig' },
      }];
    })));
}

// Sound Ed25519 public keys, `count` different ones. As JWK from the start:
// KeyObject.export() waits for ever when the garbage collector, in the middle
// of it, meets the job that made the key (Node 20).
export async function makeManyKeys(count) {
  const format = 'jwk';
  const pairs = await Promise.all(Array.from({ length: count },
    () => generate('ed25519', {
      publicKeyEncoding: { format }, privateKeyEncoding: { format },
    })));
  return pairs.map(({ publicKey }) => publicKey.x);
}

export const publicPem = (key) => key.publicKey
  .export({ type: 'spki', format: 'pem' });
export const privatePem = (key) => key.privateKey
  .export({ type: 'pkcs8', format: 'pem' });
