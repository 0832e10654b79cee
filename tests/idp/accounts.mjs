// SPDX-License-Identifier: BSD-2-Clause
// The people. `login` is what is typed into the sign-in page; `sub` is what
// relying parties see, opaque and different from the login on purpose
// (OIDC Core section 2: the subject identifier is no username).

const ESC = '\x1b';
const RIGHT_TO_LEFT = '\u202e';

function person(login, sub, claims) {
  const name = login[0].toUpperCase() + login.slice(1);
  return {
    login,
    sub,
    claims: {
      name: `${name} Example`,
      given_name: name,
      family_name: 'Example',
      preferred_username: login,
      email: `${login}@example.com`,
      email_verified: true,
      ...claims,
    },
  };
}

const PEOPLE = [
  person('alice', '248289761001', { groups: ['linux-users', 'linux-admins'] }),
  person('bob', '591007342118', { groups: ['linux-users'] }),
  // carol has no `groups` member at all, dave an empty one: a missing claim
  // and an empty claim are different answers.
  person('carol', '730268115527', { email_verified: false }),
  person('dave', '114920873364', { groups: [] }),
  // A user who could choose their own preferred_username, and chose well.
  person('mallory', '905517326640', {
    preferred_username: 'root',
    groups: ['linux-users', 'linux-admins'],
  }),
  // Entra and others put a whole address where others put a name.
  person('erin', '366104982275', {
    preferred_username: 'erin@example.com',
    groups: ['linux-users'],
  }),
  // Text that must reach neither a terminal nor a log as it is.
  person('zoe', '482730956613', {
    name: `Zoe ${ESC}[2J${ESC}]0;owned\x07\nresult=granted`
      + `${RIGHT_TO_LEFT}toor`,
    given_name: `${ESC}[31mZoe`,
    preferred_username: 'zoe\nroot',
    groups: ['linux-users', 'linux-admins\n'],
  }),
];

const byLogin = new Map(PEOPLE.map((p) => [p.login, p]));
export const bySub = new Map(PEOPLE.map((p) => [p.sub, p]));

export const findByLogin = (login) => byLogin.get(login);

// What an administrator of the provider does to somebody while tests run:
// "disabled", or "groups" with blanks between them; with neither it is undone.
const changes = new Map();

export function change(login, { disabled, groups }) {
  changes.set(byLogin.get(login).sub, {
    disabled: disabled !== undefined,
    claims: groups === undefined ? {} : { groups: groups.split(' ') },
  });
}

// oidc-provider's findAccount: the account id it stores is our `sub`. It picks
// from claims() only what the granted scopes and the token's use allow.
export async function findAccount(ctx, id) {
  const found = bySub.get(id);
  const changed = changes.get(id);
  return found && !changed?.disabled && {
    accountId: found.sub,
    claims: async () => ({
      sub: found.sub, ...found.claims, ...changed?.claims,
    }),
  };
}

// Which scope releases which claims (OIDC Core section 5.4; `groups` is not
// in the standard but is what most providers call it).
export const claimsByScope = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
  groups: ['groups'],
  // Not released by a scope; known, so that a token may carry it.
  amr: null,
};
