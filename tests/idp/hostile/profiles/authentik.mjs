// SPDX-License-Identifier: BSD-2-Clause
// authentik, a confidential provider whose secret nobody looks at.

import { digits, groupsOf, only, profile, refusal } from './common.mjs';

const GONE = 'The provided authorization grant or refresh token is invalid,'
  + ' expired, revoked, or does not match the redirection URI.';
const SUBJECTS = {
  alice: '6a3bd4c2e05f9a8b6a3bd4c2e05f9a8b6a3bd4c2e05f9a8b6a3bd4c2e05f9a8b',
  bob: 'e1f0d2c3b4a59687e1f0d2c3b4a59687e1f0d2c3b4a59687e1f0d2c3b4a59687',
};

export const authentik = profile({
  // 0.4: codes live 60 s; 1.4: no nonce; 1.2: x5c
  flags: 'secret_post+interval=5+expires=60+nonce_ignored'
    + '+jwks_x5c_mismatch',
  issuer: '/application/o/linux/',              // 1.2
  at: {
    device: 'application/o/device/',
    token: 'application/o/token/',
    jwks: 'application/o/linux/jwks/',
    userinfo: 'application/o/userinfo/',
  },
  // 0.10, 1.1: client_id in the body; the secret is not checked
  refuse: ({ id }) => (id ? undefined : refusal(400, 'invalid_client')),
  device(body, { base }) {
    body.user_code = digits(body.user_code);
    body.verification_uri = `${base}/device`;
    body.verification_uri_complete = `${base}/device?code=${body.user_code}`;
  },
  silent: true,                                 // 0.7
  errors: () => ({
    pending: [400, {
      error_description: 'The authorization request is still pending',
    }],
    expired: [400, { error: 'invalid_grant', error_description: GONE }],
    invalid: [400, { error_description: GONE }],
  }),
  // 1.3: hashed sub; e-mail not verified since 2025.10
  claims(name, { iat }) {
    const both = {
      sub: SUBJECTS[name],
      email: `${name}@example.com`,
      email_verified: false,
      name: `${name} Example`,
      given_name: name,
      preferred_username: name,
      nickname: name,
      groups: groupsOf(name, 'linux-users', 'authentik Admins'),
    };
    return [{
      ...both,
      exp: iat + 600,
      auth_time: iat,
      acr: 'goauthentik.io/providers/oauth2/default',
      amr: ['pwd', 'mfa'],
      sid: 'f0c1',
      uid: 'WZ3x',
      at_hash: undefined,
    }, both];
  },
  hooks: { jwks: only('RS256') },
});
