// SPDX-License-Identifier: BSD-2-Clause
// Flags of the key set (RFC 7517), and of the ID token where they go together.

import { randomBytes } from 'node:crypto';

import { answer } from './http.mjs';
import { b64, makeManyKeys } from './jose.mjs';

const MANY = 9999;
const NULLS = ['x5c', 'x5t', 'x5u', 'key_ops', 'ext', 'issuer'];
const some = await makeManyKeys(99);

const everyKey = (change) => ({
  jwks(set, client) { set.keys.forEach((key) => change(key, client)); },
});
const dropKid = {
  ...everyKey((key) => { delete key.kid; }),
  signing({ header }) { delete header.kid; },
};
const isGranted = (client) => [...client.grants.values()]
  .some((grant) => grant.granted);

// From the approval on, `rotated` signs, and is alone in the key set.
const rotated = (kidOf) => ({
  jwks(set, client) {
    if (!isGranted(client)) return;
    const { rotated: key } = client.server.keys;
    set.keys = [{ ...key.jwk, kid: kidOf(client.server.keys) }];
  },
  signing(signing, client) {
    signing.key = client.server.keys.rotated;
    signing.header.kid = kidOf(client.server.keys);
  },
});

export const keys = {
  jwks_null_members: everyKey((key) => {
    for (const name of NULLS) key[name] = null;
  }),
  jwks_no_alg: everyKey((key) => { delete key.alg; }),
  jwks_no_kid_single: {
    ...dropKid,
    jwks(set) {
      set.keys.splice(1);
      delete set.keys[0].kid;
    },
  },
  jwks_no_kid: dropKid,
  jwks_dup_kid: {
    jwks(set, client) {
      const { foreign, RS256 } = client.server.keys;
      set.keys.unshift({ ...foreign.jwk, kid: RS256.kid });
    },
  },
  jwks_enc_key_first: {
    jwks(set, client) {
      const { encryption, RS256 } = client.server.keys;
      const same = client.flags.text('jwks_enc_key_first') === 'kid';
      set.keys.unshift({
        ...encryption.jwk,
        use: 'enc',
        alg: 'RSA-OAEP',
        kid: same ? RS256.kid : encryption.kid,
      });
    },
  },
  jwks_x5c_mismatch: everyKey((key, client) => {
    key.x5c = [client.server.certificate];
    key.x5t = b64(randomBytes(20));
  }),
  jwks_key_issuer: everyKey((key, client) => {
    key.issuer = client.flags.text('jwks_key_issuer') === 'other'
      ? client.base.replace(/[^/]+$/, 'other') : client.base;
  }),
  jwks_huge: {
    jwks(set, client) {
      const size = client.flags.number('jwks_huge', 1024 * 1024 + 1);
      const now = JSON.stringify({ ...set, padding: '' }).length;
      set.padding = 'x'.repeat(size - now);
    },
  },
  jwks_10000_keys: {
    jwks(set) {
      const many = Array.from({ length: MANY }, (_, i) => (
        { kty: 'OKP', crv: 'Ed25519', x: some[i % some.length], kid: `${i}` }));
      set.keys = [...many, set.keys[0]];
    },
  },
  jwks_unknown_kty: {
    jwks(set, client) {
      const { kid } = client.server.keys.RS256;
      set.keys.unshift(
        { kty: 'AKP', alg: 'ML-DSA-44', kid, use: 'sig', pub: b64('x') },
        { kty: 'OKP', crv: 'X448', kid, x: b64(randomBytes(56)) },
        { kty: 'OKP', crv: 'Ed448', kid, x: b64(randomBytes(57)) },
        { kty: 'EC', crv: 'secp256k1', kid, x: b64('x'), y: b64('y') },
        { kty: 17, kid },
        {},
        null,
        'key',
      );
    },
  },
  jwks_oct: {
    jwks(set, client) {
      const { kid } = client.server.keys.RS256;
      const k = b64(client.server.octKey);
      set.keys.unshift({ kty: 'oct', k, kid, alg: 'HS256', use: 'sig' });
    },
    signing(signing, client) {
      if (client.flags.text('jwks_oct') !== 'sign') return;
      signing.header.alg = 'HS256';
      signing.key = client.server.octKey;
    },
  },
  jwks_rotated_mid_poll: rotated((all) => all.rotated.kid),
  jwks_rotated_same_kid: rotated((all) => all.RS256.kid),
  jwks_empty: { jwks(set) { set.keys = []; } },
  jwks_error: {
    jwks_answer: (message, client) => (client.active('jwks')
      ? answer(client.flags.number('jwks_error', 500), 'no') : undefined),
  },
};
