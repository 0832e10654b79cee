// SPDX-License-Identifier: BSD-2-Clause
// Zitadel, a confidential client.

import { groupsOf, only, profile, refusal } from './common.mjs';

const ROLES = 'urn:zitadel:iam:org:project:roles';
const PROJECT = '271583489027801089';
const SUBJECTS = { alice: '271583488156434433', bob: '271583488156434439' };

export const zitadel = profile({
  // 1.1: 300, 5. 1.2: keys appear when they are first used
  flags: 'secret_basic+interval=5+expires=300+nonce_ignored'
    + '+jwks_rotated_mid_poll',
  at: {
    device: 'oauth/v2/device_authorization',
    token: 'oauth/v2/token',
    jwks: 'oauth/v2/keys',
    userinfo: 'oidc/v1/userinfo',
  },
  // 1.1: at the token endpoint, authenticated if and only if confidential
  refuse({ basic, post }, endpoint) {
    if ([basic, post].includes('wrong')) {
      return refusal(401, 'invalid_client', 'invalid client secret');
    }
    return basic || post || endpoint === 'device' ? undefined
      : refusal(400, 'invalid_client', 'confidential client requires'
        + ' authentication');
  },
  device(body, { base }) {
    body.verification_uri = `${base}/device`;
    body.verification_uri_complete = `${base}/device?user_code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [400, {
      error_description: 'The client SHOULD repeat the access token request'
        + ' to the token endpoint, after interval from device authorization'
        + ' response.',
    }],
    // 1.1: its storage took too long
    slow_down: [400, {
      error_description: 'Polling should continue, but the interval MUST be'
        + ' increased by 5 seconds for this and all subsequent requests.',
    }],
    denied: [400, {
      error_description: 'The authorization request was denied.',
    }],
    expired: [400, { error_description: 'The "device_code" has expired.' }],
    // 1.1: so is whatever it does not know
    invalid: [400, { error: 'access_denied' }],
  }),
  // 1.2: aud names all clients of the project. 0.12, 1.3: thin; roles are an
  // object keyed by their names
  claims(name, { iat }, { id }) {
    const sub = SUBJECTS[name];
    const roles = Object.fromEntries(groupsOf(name, 'linux-users')
      .map((role) => [role, { 271583487519129601: 'example.zitadel.cloud' }]));
    return [{
      sub,
      aud: ['271583489027866625@example', id, PROJECT],
      azp: id,
      client_id: id,
      exp: iat + 43200,
      auth_time: iat,
      amr: ['pwd'],
      sid: 'V1_271583490017721345',
    }, {
      sub,
      name: `${name} Example`,
      given_name: name,
      family_name: 'Example',
      locale: 'en',
      updated_at: iat,
      preferred_username: `${name}@example.zitadel.cloud`,
      email: `${name}@example.com`,
      email_verified: true,
      [ROLES]: roles,
      [`urn:zitadel:iam:org:project:${PROJECT}:roles`]: roles,
    }];
  },
  hooks: {
    jwks: only('RS256'),
    tokens(body) { body.expires_in = 43199; },
  },
});
