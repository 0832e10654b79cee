// SPDX-License-Identifier: BSD-2-Clause
// Okta, the org authorization server, a native application.

import { bare, groupsOf, only, profile, refusal } from './common.mjs';

const SUBJECTS = {
  alice: '00u1hx3zv4QkUJbpT5d7', bob: '00u1hx3zv9LmWCdqR5d7',
};

export const okta = profile({
  flags: 'interval=5+expires=600+nonce_ignored',        // 1.1, 1.4
  at: {
    device: 'oauth2/v1/device/authorize',
    token: 'oauth2/v1/token',
    jwks: 'oauth2/v1/keys',
    userinfo: 'oauth2/v1/userinfo',
  },
  // 1.1: native, so without a secret
  refuse: ({ basic, post }) => (
    basic || post ? refusal(401, 'invalid_client',
      'Client authentication failed. The client is not allowed to use this'
      + ' authentication method.') : undefined),
  device(body, { base }) {
    body.user_code = bare(body.user_code);
    body.verification_uri_complete = `${base}/activate?user_code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [400, {
      error_description: 'The device authorization is pending. Please try'
        + ' again later.',
    }],
    // 2, Okta: rate limits have no `error`
    slow_down: [429, {
      error: undefined,
      errorCode: 'E0000047',
      errorSummary: 'API call exceeded rate limit due to too many requests.',
      errorLink: 'E0000047',
      errorId: 'oaeX3kL',
      errorCauses: [],
    }],
    denied: [400, {
      error_description: 'The resource owner denied the request.',
    }],
    expired: [400, { error_description: 'The device code has expired.' }],
  }),
  // 0.12, 1.3: groups and names are in userinfo
  claims(name, { iat }, { id }) {
    const sub = SUBJECTS[name];
    return [{
      sub,
      ver: 1,
      exp: iat + 3600,
      jti: 'ID.wZ3x',
      amr: ['pwd', 'mfa'],
      idp: '00o1hx3yq2WxKoGs65d7',
      auth_time: iat,
      azp: id,
    }, {
      sub,
      name: `${name} Example`,
      locale: 'en-US',
      email: `${name}@example.com`,
      preferred_username: `${name}@example.com`,
      zoneinfo: 'Europe/Berlin',
      updated_at: iat,
      email_verified: true,
      groups: ['Everyone', ...groupsOf(name, 'linux-users')],
    }];
  },
  hooks: {
    // 1.2: the next key is there weeks before
    jwks(set, { server }) {
      only('RS256')(set);
      set.keys.push({ ...server.keys.rotated.jwk });
    },
    tokens(body) { body.expires_in = 3600; },
  },
});
