// SPDX-License-Identifier: BSD-2-Clause
// The attack catalogue as cases for tests/attack/judge, one JSON object a line
// on standard output. Keys and tokens are new on every run.

import { algorithms } from './algorithms.mjs';
import { Catalogue } from './cases.mjs';
import { content } from './claims.mjs';
import { encoding } from './encoding.mjs';
import { encryption } from './encryption.mjs';
import { signatures } from './signatures.mjs';
import { usernames } from './usernames.mjs';

const catalogue = new Catalogue();

await algorithms(catalogue);
await signatures(catalogue);
await encryption(catalogue);
await encoding(catalogue);
await content(catalogue);
await usernames(catalogue);
for (const line of catalogue.lines())
  process.stdout.write(`${line}\n`);
