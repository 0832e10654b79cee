// SPDX-License-Identifier: BSD-2-Clause
// Keycloak (and EGI Check-in, which is one), a confidential client.

import { randomUUID } from 'node:crypto';

import { groupsOf, only, profile, refusal } from './common.mjs';

const BELOW = 'realms/staff/protocol/openid-connect';
const SUBJECTS = {
  alice: 'f3c1c2d4-8a54-4a2e-9c43-0d6a1c9f7b11',
  bob: '0b7e9a3d-5f27-41c8-b8ee-6f0c2a4d9e52',
};

export const keycloak = profile({
  // 1.1: 600, 5. 1.2: the encryption key is in the key set, first here; x5c.
  // 1.4: the nonce comes back
  flags: 'secret_basic+interval=5+expires=600+jwks_enc_key_first'
    + '+jwks_x5c_mismatch',
  issuer: '/realms/staff',
  at: {
    device: `${BELOW}/auth/device`,
    token: `${BELOW}/token`,
    jwks: `${BELOW}/certs`,
    userinfo: `${BELOW}/userinfo`,
  },
  document: {
    mtls_endpoint_aliases: {},
    claims_supported: ['aud', 'sub', 'iss', 'preferred_username'],
  },
  // both places will do
  refuse: ({ basic, post }) => (
    [basic, post].includes('right') ? undefined : refusal(401,
      'unauthorized_client', 'Invalid client or Invalid client credentials')),
  device(body, { base }) {
    body.verification_uri = `${base}/realms/staff/device`;
    body.verification_uri_complete = `${body.verification_uri}?user_code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [400, {
      error_description: 'The authorization request is still pending',
    }],
    slow_down: [400, { error_description: 'Slow down' }],
    denied: [400, {
      error_description: 'The end user denied the authorization request',
    }],
    expired: [400, { error_description: 'Device code is expired' }],
    invalid: [400, { error_description: 'Device code not valid' }],
  }),
  // 1.3: paths of groups begin with a slash; 2: typ in the payload
  claims(name, { iat }, { id }) {
    const both = {
      sub: SUBJECTS[name],
      email_verified: true,
      name: `${name} Example`,
      preferred_username: name,
      given_name: name,
      family_name: 'Example',
      email: `${name}@example.com`,
      groups: groupsOf(name, 'linux-users', 'offices/berlin')
        .map((group) => `/${group}`),
    };
    return [{
      ...both,
      exp: iat + 300,
      auth_time: iat,
      jti: randomUUID(),
      typ: 'ID',
      azp: id,
      sid: randomUUID(),
      acr: '1',
    }, both];
  },
  hooks: {
    jwks: only('RS256'),
    tokens(body) {
      Object.assign(body, {
        refresh_expires_in: 1800,
        refresh_token: 'x.y.z',
        'not-before-policy': 0,
        session_state: randomUUID(),
      });
    },
  },
});
