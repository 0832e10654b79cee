// SPDX-License-Identifier: BSD-2-Clause
// Dex, a confidential client. It is the same with a wrong secret.

import { compactJws } from '../jose.mjs';
import { credentials, groupsOf, only, profile } from './common.mjs';

const DAY_S = 86400;
const SUBJECTS = {
  alice: 'CgVhbGljZRIEbGRhcA', bob: 'CgNib2ISBGxkYXA',
};

const make = (pending) => profile({
  // 1.1: 300, 5; the secret in the body. 2: an answer is repeated; 1.4: no
  // nonce
  flags: 'secret_post+interval=5+expires=300+nonce_ignored+token_reuse',
  issuer: '/dex',
  at: {
    device: 'dex/device/code',
    token: 'dex/token',
    jwks: 'dex/keys',
    userinfo: 'dex/userinfo',
  },
  hooks: {
    // 0.7, 0.11: neither a denial nor a wrong secret is ever told
    verdict: (verdict, client, { refused }) => (
      refused || verdict === 'denied' ? 'pending' : verdict),
    jwks: only('RS256'),
    // 0.16: the access token is an ID token
    signing({ header, claims, key }, client, grant) {
      delete header.typ;
      grant.accessToken = compactJws(header, claims, key);
      client.accessTokens.add(grant.accessToken);
    },
    tokens(body, client, grant) {
      body.access_token = grant.accessToken;
      body.token_type = 'bearer';
      body.expires_in = DAY_S - 1;
      delete body.scope;
    },
  },
  shape(message) { message.indent = 2; },       // 2: pretty-printed
  device(body, client, grant) {
    // 0.11: whoever asks gets a code; the browser will say no
    grant.refused = credentials(client).post !== 'right';
    body.verification_uri = `${client.base}/dex/device`;
    body.verification_uri_complete = `${body.verification_uri}?user_code=${
      body.user_code}`;
  },
  errors: () => ({
    pending: [pending, {}],
    slow_down: [400, {}],
    expired: [400, {}],
    invalid: [400, { error: 'invalid_request' }],
  }),
  // 1.3: sub of protobuf; 2: a day, and the hash of a code nobody has seen
  claims(name, { iat }) {
    const both = {
      sub: SUBJECTS[name],
      email: `${name}@example.com`,
      email_verified: true,
      groups: groupsOf(name, 'linux-users', 'dev'),
      name: `${name} Example`,
      preferred_username: name,
    };
    return [{ ...both, exp: iat + DAY_S, c_hash: 'kOd9MFs8hQzWQPx7mW2F1A' },
      both];
  },
});

export const dex = make(400);
export const dex_2_43 = make(401);              // 0.1: up to that version
