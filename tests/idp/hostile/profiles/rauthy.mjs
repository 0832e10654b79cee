// SPDX-License-Identifier: BSD-2-Clause
// Rauthy, a confidential client.

import { bare, groupsOf, profile, refusal } from './common.mjs';

const SUBJECTS = {
  alice: 'Vq1cTfA2oDUK6pWJhRk3sXbe', bob: 'm7YxGzN4tLQ0uEiCwSa8PdHj',
};

export const rauthy = profile({
  // 0.6: three polls that are too early lose the code, a denial is told as
  // an expiry. 0.19: EdDSA. 1.4: the nonce comes back
  flags: 'secret_post+interval=5+expires=300+rauthy_three_strikes+idt_eddsa',
  issuer: '/auth/v1/',                          // 1.2
  at: {
    device: 'auth/v1/oidc/device',
    token: 'auth/v1/oidc/token',
    jwks: 'auth/v1/oidc/certs',
    userinfo: 'auth/v1/oidc/userinfo',
  },
  // 1.1: in the body at both endpoints
  refuse({ post }, endpoint) {
    if (post === 'right') return undefined;
    return endpoint === 'device'
      ? refusal(401, 'unauthorized_client', 'Invalid `client_secret`')
      : refusal(400, 'unauthorized_client', 'Invalid `client_secret`');
  },
  device(body, { base }) {
    body.user_code = bare(body.user_code);
    body.verification_uri = `${base}/auth/v1/device`;
    body.verification_uri_complete = `${base}/auth/v1/device?code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [400, { error_description: '' }],  // 2
    slow_down: [400, {
      error_description: 'must respect the poll interval',
    }],
    expired: [400, {
      error_description: 'invalid `device_code` or request has expired',
    }],
    denied: [400, {
      error_description: 'poll interval has not been respected',
    }],
  }),
  // 1.3: groups by scope, roles always; the payload has a typ
  claims(name, { iat }, { id }) {
    const both = {
      sub: SUBJECTS[name],
      preferred_username: name,
      email: `${name}@example.com`,
      email_verified: true,
      given_name: name,
      roles: ['user'],
      groups: groupsOf(name, 'linux-users'),
    };
    return [{
      ...both,
      nbf: iat,
      exp: iat + 1800,
      azp: id,
      typ: 'Id',
      auth_time: iat,
      amr: ['pwd', 'mfa'],
    }, { id: SUBJECTS[name], name: `${name} Example`, ...both }];
  },
  hooks: {
    verdict: (verdict) => (verdict === 'denied' ? 'expired' : verdict),
    // 1.2: RSA for three algorithms and Ed25519
    jwks(set, { server }) {
      const { rotated, foreign } = server.keys;
      set.keys = [
        ...set.keys.filter(({ alg }) => alg === 'RS256'),
        { ...rotated.jwk, alg: 'RS384' },
        { ...foreign.jwk, alg: 'RS512' },
        ...set.keys.filter(({ alg }) => alg === 'EdDSA'),
      ];
    },
    tokens(body) {
      Object.assign(body, { expires_in: 1800, refresh_token: 'x.y.z' });
    },
  },
});
