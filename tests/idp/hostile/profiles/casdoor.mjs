// SPDX-License-Identifier: BSD-2-Clause
// Casdoor. What is told as an error is a sentence in somebody's language.

import { groupsOf, profile, refusal } from './common.mjs';

const KID = 'cert-built-in';
const SUBJECTS = {
  alice: 'd835f1a0-6b37-4f9e-8d0c-2f3a4b5c6d7e',
  bob: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
};

export const casdoor = profile({
  // 0.5: 120 s. 1.1: no complete URL. 1.2: aud is a list. 1.4: a nonce
  // would have to be in the token request
  flags: 'secret_post+no_vuc+interval=5+expires=120+nonce_ignored'
    + '+jwks_x5c_mismatch+idt_lifetime=604800',
  at: {
    device: 'api/device-auth',
    token: 'api/login/oauth/access_token',
    jwks: '.well-known/jwks',
    userinfo: 'api/userinfo',
  },
  // 0.10, 1.1: client_id in the body; no secret is looked at; refusals of
  // the device endpoint have status 200
  refuse: ({ id }, endpoint) => (
    id || endpoint === 'token' ? undefined
      : refusal(200, 'Die Anwendung existiert nicht', '')),
  // 1.1: the code and a token to cancel with are in the URL
  device(body, { base }) {
    body.verification_uri = `${base}/login/oauth/device/${body.user_code
    }?cancelToken=8f14e45fceea167a5a36dedd4bea2543`;
  },
  errors: () => ({
    pending: [400, { error_description: 'authorization pending' }],
    expired: [400, { error_description: 'token is expired' }],
    invalid: [400, { error: 'access_denied' }],
  }),
  // 1.3: the whole row of the user; roles are objects
  claims(name, { iat }, { id }) {
    const owner = 'example';
    const userinfo = {
      sub: SUBJECTS[name],
      preferred_username: name,
      name: `${name} Example`,
      email: `${name}@example.com`,
      groups: groupsOf(name, 'linux-users')
        .map((group) => `${owner}/${group}`),
    };
    return [{
      owner,
      name,
      createdTime: '2026-01-12T09:41:07Z',
      id: SUBJECTS[name],
      type: 'normal-user',
      displayName: `${name} Example`,
      email: `${name}@example.com`,
      emailVerified: true,
      isAdmin: false,
      groups: userinfo.groups,
      roles: groupsOf(name, 'linux-users').map((role) => (
        { owner, name: role, displayName: role, isEnabled: true })),
      permissions: [],
      tokenType: 'access-token',
      scope: 'openid profile email',
      sub: SUBJECTS[name],
      aud: [id],
      nbf: iat,
      // "Token expire" of the application: 168 h unless somebody changes it,
      // which is more than pam_oauth takes
      exp: iat + 24 * 3600,
      jti: 'admin/1f0a',
      at_hash: undefined,
    }, userinfo];
  },
  hooks: {
    // 0.17, 1.2: the certificates of all owners, whose names may be the same
    jwks(set, { server }) {
      const { RS256, rotated, foreign } = server.keys;
      set.keys = [
        { ...foreign.jwk, kid: KID },
        { ...rotated.jwk, kid: 'cert-other' },
        { ...RS256.jwk, kid: KID },
      ];
    },
    signing({ header }) { header.kid = KID; },
    // 0.16: one token for both purposes
    tokens(body, client) {
      body.access_token = body.id_token;
      client.accessTokens.add(body.access_token);
      body.expires_in = 24 * 3600;
    },
  },
});
