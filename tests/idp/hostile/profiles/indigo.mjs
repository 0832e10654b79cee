// SPDX-License-Identifier: BSD-2-Clause
// INDIGO IAM (MITREid), a confidential client.

import { randomUUID } from 'node:crypto';

import { answer } from '../http.mjs';
import { bare, groupsOf, only, profile, refusal } from './common.mjs';

const KID = 'rsa1';
const SUBJECTS = {
  alice: '73f16d93-2441-4a50-88ff-85360d78c6b5',
  bob: '80e5fb8d-b7c8-451a-89ba-346ae278a66f',
};

export const indigo = profile({
  // 0.9: no interval, perhaps no expires_in. 1.2: the issuer of the metadata
  // ends with a slash, that of the tokens may not
  flags: 'secret_basic+no_interval+no_expires+nonce_ignored',
  issuer: '/',
  at: {
    device: 'devicecode',
    token: 'token',
    jwks: 'jwk',
    userinfo: 'userinfo',
  },
  // 0.18: never to be believed
  document: {
    id_token_signing_alg_values_supported: ['HS256', 'HS384', 'HS512',
      'RS256', 'none'],
  },
  // 1.1: an unknown client is not worth a word; Basic for those with a secret
  refuse({ id, basic }, endpoint) {
    if (endpoint === 'device' && !id) return answer(404, '');
    if (basic === 'wrong') {
      return refusal(401, 'unauthorized', 'Bad credentials');
    }
    return basic || endpoint === 'device' ? undefined : refusal(401,
      'unauthorized', 'Full authentication is required to access this'
        + ' resource');
  },
  device(body, { base }, grant) {
    body.user_code = bare(body.user_code).slice(0, 6);
    body.device_code = randomUUID();
    grant.code = body.device_code;
    body.verification_uri = `${base}/device`;
    body.verification_uri_complete = `${base}/device?user_code=${
      body.user_code}`;
  },
  silent: true,                                 // 0.7
  // the code is in the text
  errors: ({ code }) => ({
    pending: [400, {
      error_description: `Authorization pending for code: ${code}`,
    }],
    expired: [400, {
      error_description: `Device code has expired ${code}`,
    }],
    invalid: [400, { error_description: `Invalid device code: ${code}` }],
  }),
  // 1.3: a name with a dot, groups with a slash
  claims(name, { iat }, { base }) {
    const both = {
      sub: SUBJECTS[name],
      name: `${name} Example`,
      preferred_username: name,
      organisation_name: 'example',
      email: `${name}@example.com`,
      'wlcg.groups': groupsOf(name, 'example', 'example/linux-users')
        .map((group) => `/${group}`),
    };
    return [{
      ...both,
      iss: base,
      kid: KID,
      exp: iat + 600,
      auth_time: iat,
      jti: randomUUID(),
      at_hash: undefined,
    }, both];
  },
  hooks: {
    jwks(set) {
      only('RS256')(set);
      set.keys[0].kid = KID;
    },
    signing({ header }) {
      header.kid = KID;
      delete header.typ;
    },
    tokens(body) {
      Object.assign(body, { expires_in: 3599, refresh_token: 'x.y.z' });
    },
  },
});
