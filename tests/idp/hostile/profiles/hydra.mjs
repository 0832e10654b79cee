// SPDX-License-Identifier: BSD-2-Clause
// Ory Hydra, a confidential client registered for client_secret_basic.

import { randomUUID } from 'node:crypto';

import { answer } from '../http.mjs';
import { bare, groupsOf, only, profile } from './common.mjs';

// 2, Hydra: fosite's extras
const trouble = (status_code, error_description, error_hint) => [status_code, {
  error_description, error_hint, error_debug: '', status_code,
}];
const refuse = (status, error, ...texts) => (
  answer(status, { error, ...trouble(status, ...texts)[1] }));

export const hydra = profile({
  // 1.1: 900, 5. 1.2: aud is a list, without azp. 1.4: no nonce
  flags: 'secret_basic+interval=5+expires=900+nonce_ignored',
  issuer: '/',                                  // 1.2: that is common
  at: {
    device: 'oauth2/device/auth',
    token: 'oauth2/token',
    jwks: '.well-known/jwks.json',
    userinfo: 'userinfo',
  },
  refuse({ id, basic, post }, endpoint) {
    if (basic !== 'right' || post) {
      return refuse(401, 'invalid_client', 'Client authentication failed'
        + ' (e.g., unknown client, no client authentication included, or'
        + ' unsupported authentication method).',
      'The OAuth 2.0 Client supports client authentication method'
        + " 'client_secret_basic', but another method was requested.");
    }
    // 1.1: also with Basic
    return id || endpoint === 'token' ? undefined : refuse(400,
      'invalid_request', 'The request is malformed.', 'client_id mismatch');
  },
  device(body, { base }, grant) {
    body.device_code = `ory_dc_${grant.code}`;
    body.user_code = bare(body.user_code);
    body.verification_uri = `${base}/oauth2/device/verify`;
    body.verification_uri_complete = `${body.verification_uri}?user_code=${
      body.user_code}`;
  },
  // 1.1: never slow_down
  errors: () => ({
    pending: trouble(400, "The authorization request is still pending as the"
      + " end user hasn't yet completed the user-interaction steps."),
    denied: trouble(403, 'The resource owner or authorization server denied'
      + ' the request.', 'Make sure that the request is valid.'),
    expired: trouble(400, 'The device_code has expired, and the device'
      + ' authorization session has concluded.'),
    invalid: trouble(400, 'The provided authorization grant is invalid.'),
  }),
  // 1.3: whatever the login and consent applications say
  claims(name, { iat }, { id }) {
    const both = {
      sub: `user-${name}`,
      aud: [id],
      auth_time: iat,
      iat,
      preferred_username: name,
      groups: groupsOf(name, 'linux-users'),
      rat: iat,
    };
    return [{
      ...both, acr: '', exp: iat + 3600, jti: randomUUID(), sid: randomUUID(),
    }, both];
  },
  hooks: {
    jwks: only('RS256'),
    tokens(body) {
      Object.assign(body, { token_type: 'bearer', expires_in: 3599 });
    },
  },
});
