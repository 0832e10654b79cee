// SPDX-License-Identifier: BSD-2-Clause
// Auth0, a native application without authentication.

import { groupsOf, only, profile, refusal } from './common.mjs';

const SUBJECTS = {
  alice: 'auth0|5f7c8ec7c33c6c004bbafe82', bob: 'google-oauth2|1047613',
};

export const auth0 = profile({
  flags: 'interval=5+expires=900+nonce_ignored+jwks_x5c_mismatch',  // 1.1, 1.2
  issuer: '/',                                                  // 1.2
  at: {
    device: 'oauth/device/code',
    token: 'oauth/token',
    jwks: '.well-known/jwks.json',
    userinfo: 'userinfo',
  },
  // 0.8: confidential clients are not supported
  refuse: ({ basic, post }) => (
    basic || post ? refusal(401, 'access_denied', 'Unauthorized')
      : undefined),
  // 1.1
  errors: () => ({
    pending: [403, {
      error_description: 'User has yet to authorize device code.',
    }],
    slow_down: [429, {
      error_description: 'You are polling faster than the specified interval'
        + ' of 5 seconds.',
    }],
    denied: [403, {
      error_description: 'User cancelled the confirmation prompt.',
    }],
    // 0.8: told once; who asks again is told invalid_grant
    expired: [403, {
      error_description: 'The verification code has expired before the user'
        + ' could authorize this client.',
    }],
  }),
  // 1.3: sub with a bar; other claims than the standard's are URLs
  claims(name, { iat }) {
    const both = {
      sub: SUBJECTS[name],
      nickname: name,
      name: `${name}@example.com`,
      picture: 'https://s.gravatar.com/avatar/x',
      updated_at: '2026-11-21T08:14:32.193Z',
      email: `${name}@example.com`,
      email_verified: true,
      'https://acme.example/groups': groupsOf(name, 'linux-users'),
    };
    // ten hours, its default
    return [{ ...both, exp: iat + 36000, sid: 'vKz3', at_hash: undefined },
      both];
  },
  hooks: {
    jwks(set, { server }) {
      only('RS256')(set);
      set.keys.push({ ...server.keys.rotated.jwk });
    },
    tokens(body) { body.expires_in = 86400; },
  },
});
