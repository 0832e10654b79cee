// SPDX-License-Identifier: BSD-2-Clause
// Glewlwyd's OpenID Connect plugin, a confidential client.

import { groupsOf, only, profile, refusal } from './common.mjs';

export const glewlwyd = profile({
  // 1.1: 600, 5; 1.4: no nonce
  flags: 'secret_basic+interval=5+expires=600+nonce_ignored',
  issuer: '/api/oidc',                          // 1.2
  at: {
    device: 'api/oidc/device_authorization',
    token: 'api/oidc/token',
    jwks: 'api/oidc/jwks',
    userinfo: 'api/oidc/userinfo',
  },
  // 2: aliases for clients with certificates, which are not ours to use
  document: {
    mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example/token' },
  },
  refuse({ basic, post, scope }, endpoint) {
    if (![basic, post].includes('right')) {
      return refusal(403, 'unauthorized_client');       // 1.1
    }
    return endpoint === 'device' && scope.length === 0
      ? refusal(400, 'invalid_scope') : undefined;      // 1.1: required
  },
  device(body, { base }) {
    body.verification_uri = `${base}/api/oidc/device`;
    body.verification_uri_complete = `${body.verification_uri}?code=${
      body.user_code}`;
  },
  // 1.1: unknown, used and denied are the same
  errors: () => ({ invalid: [400, { error: 'access_denied' }] }),
  // the administrator names the claims; in userinfo they are as well
  claims(name, { iat }, { id }) {
    const sub = `${name === 'bob' ? 'rT8' : 'kZ3'}mXbQwLpVnYc`;
    return [{
      sub,
      azp: id,
      exp: iat + 3600,
      nbf: iat,
      auth_time: iat,
      amr: ['password'],
    }, {
      sub,
      name: `${name} Example`,
      login: name,
      email: `${name}@example.com`,
      scope: groupsOf(name, 'linux-users'),
    }];
  },
  hooks: {
    jwks: only('RS256'),
    tokens(body) {
      Object.assign(body, {
        token_type: 'bearer', iat: Math.floor(Date.now() / 1000),
      });
    },
  },
});
