// SPDX-License-Identifier: BSD-2-Clause
// Authelia, a confidential client registered for client_secret_basic.

import { randomUUID } from 'node:crypto';

import { bare, groupsOf, only, profile, refusal } from './common.mjs';

const SUBJECTS = {
  alice: '2c8fb0f4-7e7f-4c5e-8f37-b4f7a7d8a3c1',
  bob: '9ad0f2b6-13c5-4a0b-9d21-5e6f7a8b9c0d',
};

export const authelia = profile({
  // 0.9: interval 10. 1.2: aud is a list. 1.4: the nonce may come back
  flags: 'secret_basic+interval=10+expires=600+aud_array=one',
  at: {
    device: 'api/oidc/device-authorization',
    token: 'api/oidc/token',
    jwks: 'jwks.json',
    userinfo: 'api/oidc/userinfo',
  },
  // 1.1: the registered method and no other
  refuse: ({ basic, post }) => (
    basic === 'right' && !post ? undefined : refusal(401, 'invalid_client',
      'Client authentication failed (e.g., unknown client, no client'
      + ' authentication included, or unsupported authentication method). The'
      + " OAuth 2.0 client registration does not allow this method.")),
  device(body, { base }) {
    body.user_code = bare(body.user_code);
    body.verification_uri = `${base}/consent/openid/device-authorization`;
    body.verification_uri_complete = `${body.verification_uri}?user_code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [400, {
      error_description: "The authorization request is still pending as the"
        + " end user hasn't yet completed the user-interaction steps.",
    }],
    slow_down: [400, {
      error_description: 'The authorization server has received too many'
        + ' requests from the client in the specified time frame.',
    }],
    denied: [403, {
      error_description: 'The resource owner or authorization server denied'
        + ' the request.',
    }],
    expired: [400, { error_description: 'The device code has expired.' }],
  }),
  // 0.12, 1.3: names and groups are in userinfo; a claim with dots for PAM
  claims(name, { iat }, { id }) {
    const sub = SUBJECTS[name];
    return [{
      sub,
      amr: ['mfa', 'otp', 'pwd'],
      auth_time: iat,
      client_id: id,
      exp: iat + 3600,
      jti: randomUUID(),
      rat: iat,
    }, {
      sub,
      name: `${name} Example`,
      preferred_username: name,
      email: `${name}@example.com`,
      email_verified: true,
      alt_emails: [],
      groups: groupsOf(name, 'linux-users', 'dev'),
      'authelia.pam.username': name,
      rat: iat,
      updated_at: iat,
    }];
  },
  // 1.2: as many keys as were configured
  hooks: {
    jwks: only('RS256', 'ES256'),
    tokens(body) { body.token_type = 'bearer'; },
  },
});
