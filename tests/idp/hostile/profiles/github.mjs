// SPDX-License-Identifier: BSD-2-Clause
// GitHub: OAuth, no OpenID Connect. There is no ID token.

import { profile } from './common.mjs';

const DOCS = 'https://docs.github.com/developers/apps/authorizing-oauth-apps';

// 0.2: form-encoded unless Accept asks for JSON
const shape = (message, { request }) => (
  /\bjson\b/.test(request.header('accept') ?? '') ? undefined
    : { ...message, body: new URLSearchParams(message.body) });

const error = (name, text, more = {}) => [200, {
  error: name,
  error_description: text,
  error_uri: `${DOCS}#error-codes-for-the-device-flow`,
  ...more,
}];

export const github = profile({
  flags: 'no_vuc+interval=5+expires=900',       // 1.1
  at: { device: 'login/device/code', token: 'login/oauth/access_token' },
  hidden: ['metadata'],                         // 1.1: no discovery
  shape,
  device(body) {
    body.verification_uri = 'https://github.com/login/device';
  },
  // 0.2, 1.1: status 200 whatever it is
  errors: () => ({
    pending: error('authorization_pending',
      'The authorization request is still pending.'),
    // 1.1: with the interval from now on
    slow_down: error('slow_down', 'Too many requests have been made in the'
      + ' same timeframe.', { interval: 10 }),
    denied: error('access_denied',
      'The authorization request was denied.'),
    // 1.1: the documentation has both spellings
    expired: error('token_expired', 'This device_code has expired.'),
    invalid: error('incorrect_device_code',
      'The device_code provided is not valid.'),
  }),
  claims: () => [{}, {}],
  hooks: {
    tokens(body) {
      // 1.3: scopes with commas (OAuth apps); 2: eight hours (GitHub Apps)
      Object.assign(body, {
        access_token: `gho_${body.access_token}`,
        token_type: 'bearer',
        scope: 'read:org,user:email',
        expires_in: 28800,
        refresh_token: `ghr_${body.access_token}`,
        refresh_token_expires_in: 15897600,
      });
      delete body.id_token;
    },
  },
});
