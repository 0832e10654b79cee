// SPDX-License-Identifier: BSD-2-Clause
// Google, a client of type "TVs and Limited Input devices".

import { only, profile, refusal } from './common.mjs';

// 2, Google: scopes are restricted; groups, offline_access: invalid_scope
const SCOPES = ['openid', 'email', 'profile'];
const SUBJECTS = { alice: '110248495921238986420', bob: '104982713405523' };

export const google = profile({
  // 1.1: expires 1800, interval 5; 2: verification_url and no complete one;
  // 1.4: no nonce. 1.2: iss may have no scheme. 2: endpoints on three hosts
  flags: 'secret_post+verification_url+no_vuc+interval=5+expires=1800'
    + '+nonce_ignored+iss_no_scheme+other_port=device,token',
  at: {
    device: 'device/code',
    token: 'token',
    jwks: 'oauth2/v3/certs',
    userinfo: 'v1/userinfo',
  },
  // 1.1: the secret is needed at the token endpoint, in body or header
  refuse({ basic, post, scope }, endpoint) {
    if (endpoint === 'device') {
      const bad = scope.find((name) => !SCOPES.includes(name));
      return bad && refusal(400, 'invalid_scope',
        `Invalid device flow scope: ${bad}`);
    }
    if (!basic && !post) {
      return refusal(400, 'invalid_request', 'client_secret is missing.');
    }
    return [basic, post].includes('wrong') ? refusal(401, 'invalid_client',
      'The provided client secret is invalid.') : undefined;
  },
  device(body) { body.verification_uri = 'https://www.google.com/device'; },
  // 0.3, 1.1
  errors: () => ({
    pending: [428, { error_description: 'Precondition Required' }],
    slow_down: [403, { error_description: 'Forbidden' }],
    denied: [403, { error_description: 'Forbidden' }],
    expired: [400, { error: 'invalid_grant', error_description: 'Bad code' }],
  }),
  // 1.3: sub of digits; no groups; hd, not the e-mail, names the Workspace
  claims(name, { iat }, { id }) {
    const both = {
      sub: SUBJECTS[name],
      ...(name === 'bob' ? {} : { hd: 'example.com' }),
      email: `${name}@example.com`,
      email_verified: true,
      name: `${name} Example`,
      picture: 'https://lh3.googleusercontent.com/a/x',
      given_name: name,
      family_name: 'Example',
    };
    return [{ azp: id, exp: iat + 3600, ...both }, both];
  },
  hooks: {
    // 1.2: two keys, alg, use and kid, no x5c
    jwks(set, { server }) {
      only('RS256')(set);
      set.keys.unshift({ ...server.keys.rotated.jwk });
    },
    tokens(body) {
      Object.assign(body, {
        expires_in: 3599,
        refresh_token: '1//09-refresh',
        scope: 'openid https://www.googleapis.com/auth/userinfo.email'
          + ' https://www.googleapis.com/auth/userinfo.profile',
      });
    },
  },
});
