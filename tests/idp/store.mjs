// SPDX-License-Identifier: BSD-2-Clause
// Where oidc-provider keeps sessions, codes and tokens: memory.
//
// Its own development adapter is not used, for two reasons. It is an LRU cache
// of some thousand entries, and 500 logins at once overflow it: approvals
// would vanish. And it drops a device code the moment it expires, so that the
// answer to a late poll would be invalid_grant or, up to a second earlier,
// expired_token; RFC 8628 section 3.5 wants expired_token. Nothing is evicted
// here: oidc-provider checks `exp` itself, and the process lives for minutes.

const entries = new Map();
const grants = new Map();
const key = (model, id) => `${model}:${id}`;

export class MemoryStore {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload) {
    const name = key(this.model, id);
    entries.set(name, payload);
    if (payload.userCode) {
      entries.set(key('userCode', payload.userCode), id);
    }
    if (this.model === 'Session') {
      entries.set(key('sessionUid', payload.uid), id);
    }
    // Everything issued under a grant goes when the grant is revoked
    // (RFC 7009 section 2.1), except the session and interaction records.
    if (payload.grantId && !['Session', 'Interaction'].includes(this.model)) {
      const members = grants.get(payload.grantId) ?? new Set();
      grants.set(payload.grantId, members.add(name));
    }
  }

  async find(id) {
    return entries.get(key(this.model, id));
  }

  async findByUid(uid) {
    return this.find(entries.get(key('sessionUid', uid)));
  }

  async findByUserCode(userCode) {
    return this.find(entries.get(key('userCode', userCode)));
  }

  async consume(id) {
    entries.get(key(this.model, id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(key(this.model, id));
  }

  async revokeByGrantId(grantId) {
    for (const name of grants.get(grantId) ?? []) {
      entries.delete(name);
    }
    grants.delete(grantId);
  }
}
