// SPDX-License-Identifier: BSD-2-Clause
// What the servers here have in common as programs.

// The arguments, or the end with a word on how to use it; and an end with
// whoever started us.
export function begin(readArguments, usage) {
  let options;
  try {
    options = readArguments();
  } catch (err) {
    console.error(`${err.message}\n${usage}`);
    process.exit(2);
  }

  // Our parent holds the other end of stdin: when it is gone, so are we.
  const leave = () => process.exit(0);
  process.on('SIGTERM', leave);
  process.stdin.on('end', leave).on('close', leave).on('error', leave);
  process.stdin.resume();
  return options;
}
