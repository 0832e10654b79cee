// SPDX-License-Identifier: BSD-2-Clause
// The registered clients, one for each way pam_oauth can be set up.

import { X509Certificate, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SCOPES = [
  'openid', 'profile', 'email', 'groups', 'offline_access',
];

// Behaviour that is this server's and not OAuth's, kept with the client it
// belongs to; oidc-provider carries such members when they are declared.
//   test_code_ttl   lifetime of this client's device codes, in seconds
//   test_interval   `interval` in its device authorization responses
//   test_fat        its ID tokens carry what others fetch from userinfo
//   test_pkce       no code without a code_challenge
//   test_bare       a refresh brings it no ID token
//   test_device_auth  how it authenticates to get a code, if not as elsewhere
export const EXTRA_METADATA = [
  'test_code_ttl', 'test_interval', 'test_fat', 'test_pkce',
  'test_device_auth', 'test_bare',
];

const device = {
  client_name: 'Linux login',
  scope: SCOPES.join(' '),
  grant_types: [
    'urn:ietf:params:oauth:grant-type:device_code',
    'refresh_token',
  ],
  response_types: [],
  redirect_uris: [],
};

const publicClient = (id, more) => ({
  ...device, client_id: id, token_endpoint_auth_method: 'none', ...more,
});

// A secret that survives only a client which encodes it: RFC 6749 section
// 2.3.1 wants application/x-www-form-urlencoded inside the Basic credentials.
// Sent as it is, "+" would be read as a space and "%41" as "A": a refusal
// (401), not a parse error. Only VSCHAR may occur in it (RFC 6749, A.2), so
// no letter outside ASCII.
export function newSecret() {
  const random = () => randomBytes(12).toString('hex');
  return `${random()}:/+ %41&=?#~${random()}`;
}

// What opens the registration endpoint, in DIR/initial-access.secret.
export function initialAccessToken(directory) {
  const token = randomBytes(24).toString('base64url');
  writeFileSync(join(directory, 'initial-access.secret'), token,
    { mode: 0o600 });
  return token;
}

function confidentialClient(id, method, directory, more) {
  const secret = newSecret();
  writeFileSync(join(directory, `${id}.secret`), secret, { mode: 0o600 });
  return {
    ...device,
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: method,
    ...more,
  };
}

// A client whose ID tokens are encrypted for a key that only it has, written
// to DIR/ID.key as PEM or, for `format` "jwk", as a JSON Web Key.
function encryptedClient(id, directory, alg, enc, type, options, format) {
  const { privateKey, publicKey } = generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: format === 'jwk'
      ? { format } : { format: 'pem', type: 'pkcs8' },
  });
  writeFileSync(join(directory, `${id}.key`),
    format === 'jwk' ? JSON.stringify(privateKey) : privateKey,
    { mode: 0o600 });
  return publicClient(id, {
    id_token_encrypted_response_alg: alg,
    id_token_encrypted_response_enc: enc,
    jwks: { keys: [{ ...publicKey, use: 'enc' }] },
  });
}

// A client that signs assertions with a key that only it has, DIR/ID.key.
function keyClient(id, directory, alg, type, options, more) {
  const { privateKey, publicKey } = generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { format: 'jwk' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  });
  writeFileSync(join(directory, `${id}.key`), privateKey, { mode: 0o600 });
  return {
    ...device,
    client_id: id,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    jwks: { keys: [{ ...publicKey, kid: `${id}-1`, use: 'sig' }] },
    ...more,
  };
}

// One whose certificate, DIR/linux-self-signed.pem of make-ca, is known here.
function selfSignedClient(id, directory) {
  const certificate = new X509Certificate(
    readFileSync(join(directory, `${id}.pem`)));
  return {
    ...device,
    client_id: id,
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: {
      keys: [{
        ...certificate.publicKey.export({ format: 'jwk' }),
        x5c: [certificate.raw.toString('base64')],
      }],
    },
  };
}

// The same for userinfo: signed, then encrypted. Its ID tokens are, too: who
// has a decryption key has agreed on that.
function sealedUserinfoClient(id, directory) {
  const client = encryptedClient(id, directory, 'ECDH-ES+A128KW', 'A256GCM',
    'ec', { namedCurve: 'P-256' });
  return {
    ...client,
    userinfo_signed_response_alg: 'RS256',
    userinfo_encrypted_response_alg: client.id_token_encrypted_response_alg,
    userinfo_encrypted_response_enc: client.id_token_encrypted_response_enc,
  };
}

// Poll mode; who proves nothing must not ask (CIBA Core 4).
const ciba = {
  grant_types: [...device.grant_types, 'urn:openid:params:grant-type:ciba'],
  backchannel_token_delivery_mode: 'poll',
};

// For people who paste what they come back with, and for a browser here: a
// native application's port is any (RFC 8252 7.3).
export const CALLBACK = 'https://callback.example/pam_oauth';
const code = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  application_type: 'native',
  redirect_uris: [CALLBACK, 'http://127.0.0.1/pam_oauth'],
};

// Secrets are new at every start and only ever in 0600 files in `directory`.
export function makeClients(directory) {
  return [
    publicClient('linux-public'),
    confidentialClient('linux-basic', 'client_secret_basic', directory),
    confidentialClient('linux-post', 'client_secret_post', directory),
    publicClient('linux-es256', { id_token_signed_response_alg: 'ES256' }),
    publicClient('linux-eddsa', { id_token_signed_response_alg: 'EdDSA' }),
    publicClient('linux-ps256', { id_token_signed_response_alg: 'PS256' }),
    confidentialClient('linux-hs256', 'client_secret_basic', directory, {
      id_token_signed_response_alg: 'HS256',
    }),
    encryptedClient('linux-jwe-rsa', directory, 'RSA-OAEP-256', 'A256GCM',
      'rsa', { modulusLength: 2048 }),
    encryptedClient('linux-jwe-ecdh', directory, 'ECDH-ES+A128KW',
      'A128CBC-HS256', 'ec', { namedCurve: 'P-256' }),
    encryptedClient('linux-jwe-x25519', directory, 'ECDH-ES', 'A256CBC-HS512',
      'x25519', {}, 'jwk'),
    confidentialClient('linux-secret-jwt', 'client_secret_jwt', directory, {
      token_endpoint_auth_signing_alg: 'HS256',
    }),
    keyClient('linux-key-rs256', directory, 'RS256', 'rsa',
      { modulusLength: 2048 }),
    keyClient('linux-key-ps256', directory, 'PS256', 'rsa',
      { modulusLength: 2048 }),
    keyClient('linux-key-es256', directory, 'ES256', 'ec',
      { namedCurve: 'P-256' }),
    keyClient('linux-key-eddsa', directory, 'EdDSA', 'ed25519', {}),
    keyClient('linux-key-later', directory, 'ES256', 'ec',
      { namedCurve: 'P-256' }, { test_device_auth: 'none' }),
    {
      ...device,
      client_id: 'linux-tls',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=linux-tls',
    },
    selfSignedClient('linux-self-signed', directory),
    publicClient('linux-pkce', { test_pkce: true }),
    publicClient('linux-fat', { test_fat: true }),
    publicClient('linux-bare', { test_bare: true }),
    publicClient('linux-signed-userinfo', {
      userinfo_signed_response_alg: 'ES256',
    }),
    sealedUserinfoClient('linux-sealed-userinfo', directory),
    publicClient('linux-short', { test_code_ttl: 3, test_interval: 1 }),
    publicClient('linux-brief', { test_code_ttl: 15, test_interval: 1 }),
    confidentialClient('linux-ciba', 'client_secret_basic', directory, ciba),
    confidentialClient('linux-ciba-short', 'client_secret_basic', directory,
      { ...ciba, test_code_ttl: 3 }),
    publicClient('linux-code', code),
    confidentialClient('linux-code-basic', 'client_secret_basic', directory,
      code),
    publicClient('linux-code-short', { ...code, test_code_ttl: 0 }),
  ];
}
