// SPDX-License-Identifier: BSD-2-Clause
// HTTP/1.1 on a bare socket, so that every byte of an answer is ours, and
// every header of a request is seen as it came.

const REQUEST_MAX = 1024 * 1024;
const END = Buffer.from('\r\n\r\n');
const REASONS = { 200: 'OK', 302: 'Found', 400: 'Bad Request' };

// The first request in `data` and how long it is; undefined: not all here.
function parse(data) {
  const end = data.indexOf(END);
  if (end < 0) return undefined;
  const [line, ...lines] = data.subarray(0, end).toString('latin1')
    .split('\r\n');
  const [method, target, version] = line.split(' ');
  const headers = lines.map((text) => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()];
  });
  const header = (name) => headers.find(([n]) => n === name)?.[1];
  const length = end + END.length + Number(header('content-length') ?? 0);
  if (data.length < length) return undefined;
  return {
    length,
    request: {
      method,
      target,
      version,
      headers,
      header,
      body: data.subarray(end + END.length, length).toString('latin1'),
    },
  };
}

// Calls onRequest(request) for one after the other; it returns a promise.
export function readRequests(socket, onRequest) {
  let data = Buffer.alloc(0);
  let busy = false;

  async function work() {
    if (busy) return;
    busy = true;
    for (let next = parse(data); next; next = parse(data)) {
      data = data.subarray(next.length);
      await onRequest(next.request);
    }
    busy = false;
  }

  socket.on('data', (part) => {
    data = Buffer.concat([data, part]);
    if (data.length > REQUEST_MAX) socket.destroy();
    work().catch((err) => {
      console.error(err.stack);
      socket.destroy();
    });
  });
}

// An answer: {status, headers: [[name, value]], body}. The body is an object
// (JSON), a form (URLSearchParams), text or bytes; its type goes with it
// unless a header says otherwise. undefined as a header's value: no such one.
// `indent`: of JSON, as JSON.stringify()'s.
export const answer = (status, body, headers = []) => (
  { status, body, headers });

function typeOf(body) {
  if (Buffer.isBuffer(body)) return 'application/octet-stream';
  if (body instanceof URLSearchParams) {
    return 'application/x-www-form-urlencoded';
  }
  return typeof body === 'string' ? 'text/html' : 'application/json';
}

export function bodyBytes({ body, indent }) {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof URLSearchParams) return Buffer.from(`${body}`);
  return Buffer.from(JSON.stringify(body, undefined, indent));
}

// `extra`: headers that take the place of those of the same name.
export function headBytes(message, extra = []) {
  const headers = new Map([
    ['Date', new Date().toUTCString()],
    ['Content-Type', typeOf(message.body)],
    ['Content-Length', String(bodyBytes(message).length)],
    ['Cache-Control', 'no-store'],
    ['Set-Cookie', 'trap=1; Path=/; Secure'],
    ...message.headers,
    ...extra,
  ]);
  const { status } = message;
  const lines = [...headers].filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} ${REASONS[status] ?? 'Whatever'}\r\n${
    lines.join('')}\r\n`, 'latin1');
}

// Resolves when it has left or nobody wants it.
export function send(socket, data) {
  return new Promise((resolve) => {
    if (socket.destroyed || !socket.writable) {
      resolve();
      return;
    }
    socket.once('close', resolve);
    socket.write(data, () => {
      socket.off('close', resolve);
      resolve();
    });
  });
}
