// SPDX-License-Identifier: BSD-2-Clause
// What an honest provider would answer, with a hook wherever a flag may have
// another idea. Hooks: {STAGE(value, client, details)}, the return value, if
// any, takes the place of `value`. Stages, in the order of a login:
//
//   metadata  the document
//   device    the answer's body; device_answer: around it; details: the grant
//   verdict   pending, slow_down, denied, expired, invalid or granted
//   poll      the answer to a poll; details: {grant, verdict}
//   claims    of the ID token; details: the grant
//   signing   {header, claims, key}
//   idt       the ID token as text
//   tokens    the body of a granted answer
//   jwks      the key set; jwks_answer: around it
//   userinfo  the answer

import { randomBytes } from 'node:crypto';

import { answer } from './http.mjs';
import { b64, compactJws, leftHalf } from './jose.mjs';

const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const SUBJECTS = { alice: '248289761001', bob: '591007342118' };
const ERRORS = {
  pending: 'authorization_pending',
  slow_down: 'slow_down',
  denied: 'access_denied',
  expired: 'expired_token',
  invalid: 'invalid_grant',
};
export const FINAL = ['denied', 'expired', 'invalid'];

const secret = () => b64(randomBytes(24));

function userCode() {
  const letters = [...randomBytes(8)].map((n) => ALPHABET[n % 20]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

export function person(client) {
  const name = client.flags.has('other_person') ? 'bob'
    : client.flags.text('user') ?? 'alice';
  return {
    sub: SUBJECTS[name] ?? `sub-of-${name}`,
    name: `${name} Example`,
    preferred_username: name,
    email: `${name}@example.com`,
    email_verified: true,
    groups: ['linux-users', 'linux-admins'],
  };
}

export function metadata(client) {
  const { base } = client;
  const document = {
    issuer: base,
    authorization_endpoint: `${base}/authorize`,
    device_authorization_endpoint: `${base}/device`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
    userinfo_endpoint: `${base}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    // never to be believed: INDIGO IAM says so
    id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'],
  };
  return answer(200, client.run('metadata', document));
}

// A grant is one device_code and all that becomes of it.
export function device(client, params) {
  const { flags } = client;
  const grant = {
    code: secret(),
    polls: 0,
    number: client.grants.size + 1,
    nonce: params.get('nonce'),
    scope: params.get('scope') ?? '',
    granted: false,
  };
  const code = userCode();
  const body = client.run('device', {
    device_code: grant.code,
    user_code: code,
    verification_uri: `${client.base}/activate`,
    verification_uri_complete: `${client.base}/activate?user_code=${code}`,
    expires_in: flags.number('expires', 300) ?? 300,
    interval: flags.has('interval_ms') ? flags.number('interval_ms') / 1000
      : flags.number('interval', 1) ?? 1,
  }, grant);
  const message = client.run('device_answer', answer(200, body), grant);
  grant.code = body.device_code ?? body.auth_req_id;
  client.grants.set(grant.code, grant);
  return [message, grant];
}

function verdictOf(client, grant) {
  const { flags } = client;
  const lost = grant.number < (flags.number('approve_code', 2) ?? Infinity);
  if (flags.has('expire_after') && lost) {
    return grant.polls > flags.number('expire_after', 1)
      ? 'expired' : 'pending';
  }
  if (flags.has('never') || (flags.has('approve_code') && lost)) {
    return 'pending';
  }
  if (flags.has('deny_after')) {
    return grant.polls > flags.number('deny_after', 1) ? 'denied' : 'pending';
  }
  const pending = flags.number('approve_after', 1) ?? 1;
  return grant.polls > pending ? 'granted' : 'pending';
}

function idToken(client, grant) {
  const { server, flags } = client;
  const now = Math.floor(Date.now() / 1000);
  const nonce = flags.has('nonce_ignored') ? undefined : grant.nonce;
  const claims = client.run('claims', {
    iss: client.base,
    aud: client.id,
    iat: now,
    exp: now + 300,
    ...(nonce === null ? {} : { nonce }),
    ...person(client),
  }, grant);
  const key = server.keys.RS256;
  const { header, ...signing } = client.run('signing', {
    header: { alg: 'RS256', kid: key.kid, typ: 'JWT' }, claims, key,
  }, grant);
  if (!('at_hash' in signing.claims)) {
    signing.claims.at_hash = leftHalf(header.alg, grant.accessToken);
  }
  return client.run('idt',
    compactJws(header, signing.claims, signing.key), grant);
}

function tokens(client, grant) {
  // before the hooks: a key set may change with the approval
  grant.granted = true;
  grant.accessToken = secret();
  client.accessTokens.add(grant.accessToken);
  const body = {
    access_token: grant.accessToken,
    token_type: 'Bearer',
    expires_in: 300,
    scope: grant.scope,
    id_token: idToken(client, grant),
  };
  return client.run('tokens', body, grant);
}

export function token(client, params) {
  const grant = client.grants.get(
    params.get(client.ciba ? 'auth_req_id' : 'device_code'));
  if (!grant) return [answer(400, { error: 'invalid_grant' }), undefined];
  grant.polls += 1;
  let verdict = client.run('verdict', verdictOf(client, grant), grant);
  if (grant.granted && !client.flags.has('token_reuse')) verdict = 'invalid';
  let message;
  if (verdict === 'granted') {
    grant.tokens ??= tokens(client, grant);
    message = answer(200, grant.tokens);
  } else {
    message = answer(400, { error: ERRORS[verdict] });
  }
  return [client.run('poll', message, { grant, verdict }), grant];
}

export function jwks(client) {
  const { keys } = client.server;
  const names = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];
  const set = { keys: names.map((name) => ({ ...keys[name].jwk })) };
  return client.run('jwks_answer', answer(200, client.run('jwks', set)));
}

export function userinfo(client) {
  return client.run('userinfo', answer(200, person(client)));
}
