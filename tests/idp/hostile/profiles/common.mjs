// SPDX-License-Identifier: BSD-2-Clause
// What the profiles are made of.

import { person } from '../endpoints.mjs';
import { answer } from '../http.mjs';

const DISCOVERY = '.well-known/openid-configuration';
const FIELDS = {
  device: 'device_authorization_endpoint',
  token: 'token_endpoint',
  jwks: 'jwks_uri',
  userinfo: 'userinfo_endpoint',
};
const GENERIC = ['name', 'preferred_username', 'email', 'email_verified',
  'groups'];

export const refusal = (status, error, error_description) => (
  answer(status, { error, error_description }));

// "AB-CD" as "ABCD"; as many decimal digits.
export const bare = (code) => code.replace('-', '');
export const digits = (code) => [...bare(code)]
  .map((c) => c.charCodeAt(0) % 10).join('');

// Whom the flags let approve. bob is in none of the groups that matter.
const approver = (client) => person(client).preferred_username;
export const groupsOf = (name, ...groups) => (
  name === 'bob' ? ['interns'] : groups);

const formDecode = (text) => new URLSearchParams(`_=${text}`).get('_');

// How the client has proven itself: {id, basic, post, scope}, where the two
// places of a secret are undefined, 'right' or 'wrong'.
export function credentials(client) {
  const { request, server } = client;
  const params = new URLSearchParams(request.body);
  const pair = /^Basic (.+)$/.exec(request.header('authorization') ?? '');
  const secret = params.get('client_secret');
  const judge = (right) => (right ? 'right' : 'wrong');
  let basic;
  if (pair) {
    const [id, password] = Buffer.from(pair[1], 'base64').toString()
      .split(':').map(formDecode);
    basic = judge(id === client.id && password === server.secret);
  }
  return {
    id: params.get('client_id'),
    basic,
    post: secret === null ? undefined : judge(secret === server.secret),
    scope: params.get('scope')?.split(' ') ?? [],
  };
}

// The keys of `algs` and no others.
export const only = (...algs) => (set) => {
  set.keys = set.keys.filter(({ alg }) => algs.includes(alg));
};

// A profile (see ../profiles.mjs):
//
//   flags      of ../flags.mjs
//   issuer     what it has behind the URL of the client
//   at         endpoint -> path below that URL; without userinfo: none
//   hidden     endpoints that discovery keeps to itself; metadata: there is
//              no discovery
//   document   more members of the metadata
//   refuse     (credentials, endpoint): a message for whoever is not let in
//   device     (body, client, grant) changes the device answer
//   errors     (grant): verdict -> [status, members], where it is not
//              400 and {error}
//   silent     a denial is never told
//   shape      (message, client) changes any answer of the two endpoints
//   claims     (name, claims, client): [of the ID token, of userinfo]
//   hooks      of ../endpoints.mjs
export function profile({
  flags, issuer = '', at, hidden = [], document = {}, refuse, device,
  errors = () => ({}), silent = false, shape, claims, hooks = {},
}) {
  const paths = Object.fromEntries(
    Object.entries(at).map(([endpoint, path]) => [path, endpoint]));
  if (!hidden.includes('metadata')) {
    const [, below] = /^\/?(.*?)\/?$/.exec(issuer);
    paths[below === '' ? DISCOVERY : `${below}/${DISCOVERY}`] = 'metadata';
  }
  const refused = (client, endpoint) => (
    refuse?.(credentials(client), endpoint));
  const shaped = (message, client) => shape?.(message, client) ?? message;

  return {
    flags,
    paths,
    hooks: {
      metadata(doc, client) {
        Object.assign(doc, document, { issuer: client.base + issuer });
        for (const [endpoint, field] of Object.entries(FIELDS)) {
          if (at[endpoint] && !hidden.includes(endpoint)) {
            doc[field] = `${client.base}/${at[endpoint]}`;
          } else {
            delete doc[field];
          }
        }
      },
      device,
      device_answer: (message, client) => (
        refused(client, 'device') ?? shaped(message, client)),
      verdict: (verdict) => (
        silent && verdict === 'denied' ? 'pending' : verdict),
      poll(message, client, { grant, verdict }) {
        const no = refused(client, 'token');
        if (no) return no;
        const [status, members] = errors(grant)[verdict]
          ?? [message.status, {}];
        message.status = status;
        message.body = { ...message.body, ...members };
        return shaped(message, client);
      },
      claims(all, client) {
        for (const name of GENERIC) delete all[name];
        const [own] = claims(approver(client), all, client);
        Object.assign(all, { iss: client.base + issuer }, own);
      },
      userinfo(message, client) {
        const now = { iat: Math.floor(Date.now() / 1000) };
        [, message.body] = claims(approver(client), now, client);
      },
      ...hooks,
    },
  };
}
