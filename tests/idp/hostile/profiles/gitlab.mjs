// SPDX-License-Identifier: BSD-2-Clause
// GitLab: doorkeeper with its two extensions.

import { bare, groupsOf, only, profile, refusal } from './common.mjs';

const SUBJECTS = { alice: '4172', bob: '4173' };

export const gitlab = profile({
  // 1.1: 300, 5, doorkeeper's client authentication; 1.4: no nonce
  flags: 'secret_basic+interval=5+expires=300+nonce_ignored',
  at: {
    device: 'oauth/authorize_device',
    token: 'oauth/token',
    jwks: 'oauth/discovery/keys',
    userinfo: 'oauth/userinfo',
  },
  hidden: ['device'],                           // 1.1
  document: { claims_supported: ['iss', 'sub', 'aud', 'groups_direct'] },
  refuse: ({ basic, post }) => (
    [basic, post].includes('right') ? undefined : refusal(401,
      'invalid_client', 'Client authentication failed due to unknown client,'
        + ' no client authentication included, or unsupported authentication'
        + ' method.')),
  device(body, { base }) {
    body.user_code = bare(body.user_code);
    body.verification_uri = `${base}/oauth/device`;
    body.verification_uri_complete = `${body.verification_uri}?user_code=${
      body.user_code}`;
  },
  silent: true,                                 // 0.7
  errors: () => ({
    pending: [400, {
      error_description: 'The authorization request is still pending as the'
        + ' end user has not yet completed the user interaction steps.',
    }],
    slow_down: [400, {
      error_description: 'The client is polling too quickly.',
    }],
    expired: [400, {
      error_description: 'The device_code has expired.',
    }],
  }),
  // 0.12, 1.3: a thin ID token of two minutes; groups are paths; names are
  // in userinfo
  claims(name, { iat }) {
    const sub = SUBJECTS[name];
    const groups = groupsOf(name, 'example', 'example/linux-users');
    const email = { email: `${name}@example.com`, email_verified: true };
    return [{
      sub,
      sub_legacy: '3a1f9be7',
      exp: iat + 120,
      auth_time: iat,
      at_hash: undefined,
      ...email,
      groups_direct: groups,
    }, {
      sub,
      sub_legacy: '3a1f9be7',
      name: `${name} Example`,
      nickname: name,
      preferred_username: name,
      ...email,
      profile: `https://gitlab.example/${name}`,
      picture: 'https://gitlab.example/x.png',
      groups,
      groups_direct: groups,
      'https://gitlab.org/claims/groups/developer': groups,
    }];
  },
  hooks: {
    // 0.15, 1.2: the key of CI job tokens beside it
    jwks(set, { server }) {
      only('RS256')(set);
      set.keys.push({ ...server.keys.rotated.jwk });
    },
    tokens(body) {
      Object.assign(body, {
        expires_in: 7200,
        refresh_token: 'b1e2f3',
        created_at: Math.floor(Date.now() / 1000),
      });
    },
  },
});
