// SPDX-License-Identifier: BSD-2-Clause
// The list of cases. A refusal is made from its positive twin by naming what
// differs, so that the two are as alike as they can be.

import { HONEST, b64, forge, keys, sign, token } from './keys.mjs';

// What a name may have in it.
export const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, '_');

export const NOW = 1700000000;
export const ISSUER = 'https://sso.example.com/realms/staff';
export const CLIENT = 'linux-login';

// Members of a good ID token; those given replace them, undefined takes out.
export function claims(members = {}) {
  return {
    iss: ISSUER,
    sub: '248289761001',
    aud: CLIENT,
    iat: NOW - 10,
    exp: NOW + 300,
    preferred_username: 'alice',
    ...members,
  };
}

// As JSON text, with `members` (name: JSON text) in it as they are written.
export function claimsText(members = {}) {
  const all = { ...claims() };
  const text = [];
  for (const [name, value] of Object.entries(all))
    text.push([name, JSON.stringify(value)]);
  for (const [name, value] of Object.entries(members)) {
    const old = text.find((pair) => pair[0] === name);
    if (old === undefined)
      text.push([name, value]);
    else
      old[1] = value;
  }
  return `{${text.filter((pair) => pair[1] !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

// Signed by the honest P-256 key: for all that is not about signatures.
export const idToken = (payload, header = {}) =>
  token({ alg: 'ES256', kid: 'es256', ...header }, payload, keys.es256);

// The same by hand: header and payload need not even be JSON.
export const byHonest = (input) => sign('ES256', keys.es256, input);
export const honest = (header, payload) => forge(header, payload, byHonest);

const POLICY = { issuer: ISSUER, client_id: CLIENT, now: NOW };

export class Catalogue {
  cases = [];
  #names = new Map();

  #add(entry) {
    if (!/^[a-z][a-z0-9_]*$/.test(entry.name))
      throw new Error(`${entry.name}: not a name`);
    if (this.#names.has(entry.name))
      throw new Error(`${entry.name}: twice`);
    this.#names.set(entry.name, entry);
    this.cases.push(entry);
    return entry;
  }

  // A login that must be let in. `payload` is the text of its claims where
  // that is not what JSON.stringify makes of the token's.
  accept(id, name, { policy, ...fields }) {
    return this.#add({
      id,
      name,
      jwks: HONEST,
      ...fields,
      policy: { ...POLICY, ...policy },
      expect: 'ok',
    });
  }

  // The same login but for `changes`, refused because of `expect`.
  refuse(id, name, twin, expect, changes) {
    const { payload, ...fields } = twin;
    const entry = {
      ...fields,
      ...changes,
      policy: { ...twin.policy, ...changes.policy },
      id,
      name,
      twin: twin.name,
      expect,
    };
    const differs = (key) =>
      JSON.stringify(entry[key]) !== JSON.stringify(twin[key]);
    if (this.#names.get(twin.name) !== twin || twin.expect !== 'ok')
      throw new Error(`${name}: its twin is not let in`);
    if (expect === 'ok' || Object.keys(changes).length === 0 ||
        !Object.keys(changes).every(differs))
      throw new Error(`${name}: no different from its twin`);
    return this.#add(entry);
  }

  // One line a case, bytes that are no text in base64url.
  *lines() {
    for (const entry of this.cases) {
      const line = { ...entry };
      for (const key of ['token', 'jwks']) {
        if (!Buffer.isBuffer(line[key]))
          continue;
        line[`${key}_b64`] = b64(line[key]);
        delete line[key];
      }
      if (line.expect === 'ok')
        line.payload ??= payloadOf(line.token);
      yield JSON.stringify(line);
    }
  }
}

// What a token says, read by JSON.parse.
function payloadOf(text) {
  return JSON.stringify(
    JSON.parse(Buffer.from(text.split('.')[1], 'base64url')));
}
