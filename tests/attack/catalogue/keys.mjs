// SPDX-License-Identifier: BSD-2-Clause
// Keys, made anew on every run, and all that is done with them. Sound tokens
// are npm jose's; what it refuses to make is node:crypto's.

import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(
  resolve(process.env.IDP_DIR ?? 'tests/idp', 'package.json'));
export const jose = require('jose');

export const b64 = (data) => Buffer.from(data).toString('base64url');
export const unb64 = (text) => Buffer.from(text, 'base64url');
export const json = (value) =>
  (typeof value === 'string' || Buffer.isBuffer(value)
    ? value : JSON.stringify(value));

// By way of a JWK: Node 20 can wait for ever in the export() of a key that it
// has generated itself.
export function generate(type, options = {}) {
  const { privateKey } = crypto.generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: { format: 'jwk' },
  });
  return crypto.createPrivateKey({ key: privateKey, format: 'jwk' });
}

const rsa = (modulusLength, publicExponent = 0x10001) =>
  generate('rsa', { modulusLength, publicExponent });
export const ec = (namedCurve) => generate('ec', { namedCurve });

// Whom the keys belong to: `other` is the attacker, or another provider.
export const keys = {
  rsa: rsa(2048),
  rsa2: rsa(2048),
  es256: ec('P-256'),
  es384: ec('P-384'),
  es512: ec('P-521'),
  ed: generate('ed25519'),
  other: {
    rsa: rsa(2048),
    es256: ec('P-256'),
    ed: generate('ed25519'),
  },
  small: rsa(1024),
  three: rsa(2048, 3),
  k256: ec('secp256k1'),
  ed448: generate('ed448'),
  x25519: generate('x25519'),
};

// The public half as a JWK; `members` are added, undefined ones taken out.
export function jwk(key, members = {}) {
  const numbers = crypto.createPublicKey(key).export({ format: 'jwk' });
  return { ...members, ...numbers, ...members };
}

export const jwks = (...list) => JSON.stringify({ keys: list });

// The key set of an honest provider: no alg, so that each key fits all the
// algorithms of its kind.
export const HONEST = jwks(
  jwk(keys.rsa, { kid: 'rsa', use: 'sig' }),
  jwk(keys.es256, { kid: 'es256', use: 'sig' }),
  jwk(keys.es384, { kid: 'es384', use: 'sig' }),
  jwk(keys.es512, { kid: 'es512', use: 'sig' }),
  jwk(keys.ed, { kid: 'ed', use: 'sig' }));

// The algorithms we verify with public keys, and the kid of the honest key.
export const ALGS = {
  RS256: 'rsa', RS384: 'rsa', RS512: 'rsa',
  PS256: 'rsa', PS384: 'rsa', PS512: 'rsa',
  ES256: 'es256', ES384: 'es384', ES512: 'es512',
  EdDSA: 'ed', Ed25519: 'ed',
};

// A token by npm jose: JSON header, any payload.
export function token(header, payload, key) {
  return new jose.CompactSign(Buffer.from(json(payload)))
    .setProtectedHeader(header).sign(key);
}

// The mathematics of `alg` alone, whatever key and header say.
export function sign(alg, key, input) {
  const digest = `sha${/\d+/.exec(alg)?.[0]}`;
  switch (alg.slice(0, 2)) {
    case 'HS':
      return crypto.createHmac(digest, key).update(input).digest();
    case 'RS':
      return crypto.sign(digest, Buffer.from(input), key);
    case 'PS':
      return crypto.sign(digest, Buffer.from(input), {
        key,
        padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
        saltLength: crypto.constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case 'ES':
      return crypto.sign(digest, Buffer.from(input),
        { key, dsaEncoding: 'ieee-p1363' });
    default:
      return crypto.sign(null, Buffer.from(input), key);
  }
}

// Header and payload as they stand, JSON or not, with any signature.
export function forge(header, payload, signer) {
  const input = `${b64(json(header))}.${b64(json(payload))}`;
  return `${input}.${b64(signer(input))}`;
}

// `forge` with the mathematics of `alg` by `key`.
export const forgeBy = (alg, key, header, payload) =>
  forge(header, payload, (input) => sign(alg, key, input));
