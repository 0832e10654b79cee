// SPDX-License-Identifier: BSD-2-Clause
// Signing keys, made at every start: no private key is ever in the tree.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

// One key for each algorithm a client can ask for with
// id_token_signed_response_alg (OIDC Registration 1.0, section 2). Each names
// its `alg`, so that the RSA key for RS256 is never used for PS256.
const KINDS = [
  ['RS256', 'rsa', { modulusLength: 2048 }],
  ['PS256', 'rsa', { modulusLength: 2048 }],
  ['ES256', 'ec', { namedCurve: 'P-256' }],
  ['EdDSA', 'ed25519', {}],
];

export async function signingKeys() {
  const keys = await Promise.all(KINDS.map(async ([alg, type, options]) => {
    // KeyObject.export() can wait for ever (Node 20): JWK from the start.
    const { privateKey } = await generate(type, {
      ...options,
      publicKeyEncoding: { format: 'jwk' },
      privateKeyEncoding: { format: 'jwk' },
    });
    return { ...privateKey, alg, use: 'sig' };
  }));
  return { keys };
}
