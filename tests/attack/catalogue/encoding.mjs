// SPDX-License-Identifier: BSD-2-Clause
// D1 to D12: base64url, segments, extensions; JSON is in documents.mjs. What
// is changed is signed as it then stands: only strictness refuses it.

import { byHonest, claims, honest, idToken } from './cases.mjs';
import { documents } from './documents.mjs';
import { b64, jose, keys, sign } from './keys.mjs';

const es256 = { alg: 'ES256', kid: 'es256' };
// Of segments as they are written.
const signed = (header, payload) =>
  `${header}.${payload}.${b64(byHonest(`${header}.${payload}`))}`;

// A segment of `length` modulo 4 that has both '-' and '_' in it.
function segment(members, length) {
  for (let i = 0; ; i++) {
    const text = b64(JSON.stringify({ ...members, filler:
      `${'x'.repeat(i % 7)}~~~???>>>${'y'.repeat(i % 5)}` }));
    if (text.length % 4 === length && /-/.test(text) && /_/.test(text))
      return text;
  }
}

function signature(input, length) {
  for (;;) {
    const text = b64(byHonest(input));
    if (text.length % 4 === length && /-/.test(text) && /_/.test(text))
      return text;
  }
}

// The same bytes to a lax decoder, or no bytes at all.
const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const SPELLINGS = {
  padded_once: (t) => `${t}=`,
  padded_twice: (t) => `${t}==`,
  padded_as_it_should_be: (t) => t + '='.repeat(4 - t.length % 4),
  padded_in_front: (t) => `=${t}`,
  plus: (t) => t.replace('-', '+'),
  slash: (t) => t.replace('_', '/'),
  standard_alphabet: (t) => t.replaceAll('-', '+').replaceAll('_', '/'),
  blank_in_front: (t) => ` ${t}`,
  blank_behind: (t) => `${t} `,
  blank_within: (t) => `${t.slice(0, 8)} ${t.slice(8)}`,
  tab_within: (t) => `${t.slice(0, 8)}\t${t.slice(8)}`,
  line_feed_within: (t) => `${t.slice(0, 8)}\n${t.slice(8)}`,
  line_feed_behind: (t) => `${t}\n`,
  crlf_within: (t) => `${t.slice(0, 8)}\r\n${t.slice(8)}`,
  percent_encoded: (t) => t.replace('-', '%2D'),
  percent_encoded_letter: (t) =>
    `%${t.charCodeAt(0).toString(16)}${t.slice(1)}`,
  not_ascii: (t) => `${t}\u00e9`,
  full_width: (t) => `\uff45${t.slice(1)}`,
  quoted: (t) => `"${t}"`,
  comment: (t) => `${t}#`,
  unused_bits: (t) => t.slice(0, -1) +
    ALPHABET[ALPHABET.indexOf(t.at(-1)) + 1],
  empty: () => '',
};

function spellings(c) {
  for (const length of [2, 3]) {
    const made = [segment(es256, length), segment(claims(), length)];
    const names = ['header', 'payload', 'signature'];
    const last = signature(made.join('.'), 2);
    const twin = c.accept('D1', `d1_segments_of_${length}_modulo_4`,
      { token: `${made.join('.')}.${last}` });

    for (const [i, part] of names.entries())
      for (const [name, change] of Object.entries(SPELLINGS)) {
        const other = [...made, last];
        other[i] = change(other[i]);
        // an empty signature is one of a wrong length
        const expect = part === 'signature' && name === 'empty'
          ? 'signature' : 'token-malformed';
        c.refuse('D1', `d1_${part}_${length}_${name}`, twin, expect, {
          token: i === 2 ? other.join('.') : signed(other[0], other[1]),
        });
      }
  }
  // 96 bytes are whole groups of four characters, too
  const es384 = { alg: 'ES384', kid: 'es384' };
  const all = (header, payload) => `${header}.${payload}.${
    b64(sign('ES384', keys.es384, `${header}.${payload}`))}`;
  const whole = [segment(es384, 0), segment(claims(), 0)];
  const twin = c.accept('D1', 'd1_segments_of_0_modulo_4',
    { token: all(...whole) });
  for (const extra of ['A', 'AA', 'AAA', '=', '====', 'A===']) {
    const name = extra.replaceAll('=', 'p').toLowerCase();
    const isText = /^AA+$/.test(extra);
    c.refuse('D1', `d1_header_and_${name}`, twin, 'token-malformed',
      { token: all(whole[0] + extra, whole[1]) });
    c.refuse('D1', `d1_payload_and_${name}`, twin,
      isText ? 'claims' : 'token-malformed',
      { token: all(whole[0], whole[1] + extra) });
    c.refuse('D1', `d1_signature_and_${name}`, twin,
      isText ? 'signature' : 'token-malformed', { token: twin.token + extra });
  }
}

function segments(c, twin) {
  const [header, payload, last] = twin.token.split('.');
  const bad = {
    nothing: '',
    one: header,
    two: `${header}.${payload}`,
    four: `${twin.token}.`,
    four_by_a_dot_in_front: `.${twin.token}`,
    four_by_a_dot_within: `${header}..${payload}.${last}`,
    six: `${twin.token}...`,
    dots_alone: '..',
    one_dot: '.',
    dots_of_64_kib: '.'.repeat(65536),
    dots_of_1_mib: '.'.repeat(1 << 20),
    dots_behind: twin.token + '.'.repeat(60000),
    separated_by_colons: twin.token.replaceAll('.', ':'),
    separated_by_full_width_dots: twin.token.replaceAll('.', '\uff0e'),
    behind_a_blank: ` ${twin.token}`,
    before_a_line_feed: `${twin.token}\n`,
    quoted: `"${twin.token}"`,
    as_bearer: `Bearer ${twin.token}`,
    twice: twin.token + twin.token,
    list: `${twin.token},${twin.token}`,
  };

  for (const [name, compact] of Object.entries(bad))
    c.refuse('D2', `d2_${name}`, twin, 'token-malformed', { token: compact });

  // exactly 64 KiB is the longest
  const filled = (bytes) =>
    honest(es256, claims({ filler: 'x'.repeat(bytes) }));
  const room = 65536 - filled(0).length;
  let size = Math.floor(room * 3 / 4);
  while (filled(size).length > 65536)
    size--;
  const longest = c.accept('D2', 'd2_token_of_64_kib',
    { token: filled(size) });
  c.refuse('D2', 'd2_token_longer_than_64_kib', longest, 'token-malformed',
    { token: filled(size + 3) });
  c.refuse('D2', 'd2_token_of_2_mib', longest, 'token-malformed',
    { token: filled(1.5 * 1024 * 1024) });
}

// RFC 7515 7.2, by npm jose.
async function serializations(c, twin) {
  const body = Buffer.from(JSON.stringify(claims()));
  const flat = await new jose.FlattenedSign(body).setProtectedHeader(es256)
    .sign(keys.es256);
  const loose = await new jose.FlattenedSign(body)
    .setProtectedHeader({ alg: 'ES256' })
    .setUnprotectedHeader({ kid: 'es256' }).sign(keys.es256);
  const one = await new jose.GeneralSign(body)
    .addSignature(keys.es256).setProtectedHeader(es256).sign();
  const two = await new jose.GeneralSign(body)
    .addSignature(keys.es256).setProtectedHeader(es256)
    .addSignature(keys.rsa).setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
    .sign();
  const evil = await new jose.GeneralSign(body)
    .addSignature(keys.other.es256).setProtectedHeader(es256)
    .addSignature(keys.es256).setProtectedHeader(es256).sign();
  const { payload, ...rest } = one;
  const dotted = { ...flat, header: { 'a.b': 'c.d' } };

  for (const [name, document] of Object.entries({ flattened: flat,
    unprotected_header: loose, general: one, two_signatures: two,
    one_signature_of_two_is_good: evil, detached: rest,
    with_dots_in_it: dotted, of_compact_tokens: [twin.token],
    of_a_string: twin.token }))
    c.refuse('D3', `d3_json_${name}`, twin, 'token-malformed',
      { token: JSON.stringify(document) });
}

async function critical(c, twin) {
  const plain = c.accept('D4', 'd4_header_with_members_nobody_knows',
    { token: honest({ ...es256, 'http://example.com/x': true, exp: 1,
      Crit: ['exp'] }, claims()) });
  const refuse = (name, expect, members) =>
    c.refuse('D4', `d4_${name}`, plain, expect,
      { token: honest({ ...es256, ...members }, claims()) });

  for (const [i, crit] of [['http://example.com/x'], ['exp'], ['alg'], ['kid'],
    ['exp', 'exp'], ['nothing'], ['b64'], [], [''], [null], [1], [[]], 'exp',
    '', null, true, 1, {}, { exp: 1 }].entries())
    refuse(`crit_${i}`, 'crit',
      { crit, 'http://example.com/x': true, exp: 1 });
  for (const [i, b64_] of [true, false, null, 'false', 0].entries())
    refuse(`b64_without_crit_${i}`, 'crit', { b64: b64_ });
  refuse('crit_and_b64_true', 'crit', { crit: ['b64'], b64: true });

  // RFC 7797: the payload as it is, and payloads that are elsewhere
  const raw = await new jose.FlattenedSign(Buffer.from('payload'))
    .setProtectedHeader({ ...es256, b64: false, crit: ['b64'] })
    .sign(keys.es256);
  const [header, payload, last] = twin.token.split('.');
  const empty = `${header}.`;
  for (const [name, expect, compact] of [
    ['b64_false', 'crit', `${raw.protected}.payload.${raw.signature}`],
    ['b64_false_and_detached', 'crit', `${raw.protected}..${raw.signature}`],
    ['b64_false_without_crit', 'crit', honest({ ...es256, b64: false },
      claims())],
    ['detached', 'token-malformed', `${header}..${last}`],
    ['empty', 'token-malformed', `${empty}.${b64(byHonest(empty))}`],
    ['one_letter', 'token-malformed', signed(header, 'A')],
    ['not_encoded', 'token-malformed', signed(header,
      JSON.stringify({ sub: 'x' }))],
    ['encoded_twice', 'claims', signed(header, b64(payload))],
  ])
    c.refuse('D5', `d5_payload_${name}`, twin, expect, { token: compact });
}

export async function encoding(c) {
  const twin = c.accept('D2', 'd2_three_segments',
    { token: await idToken(claims()) });

  spellings(c);
  segments(c, twin);
  await serializations(c, twin);
  await critical(c, twin);
  await documents(c, twin);
}
