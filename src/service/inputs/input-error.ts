const BUNDLE_ADVICE =
  'Give the path of a PEM file with one or more CERTIFICATE blocks, readable by this user.';

const ADVICE = {
  no_statement:
    'Set CMU_PROXY_SOFTWARE_STATEMENT_FILE (or `softwareStatementFile`) to the path of the .txt file from the Adobe TVE Dashboard. Without a statement, `cmu-proxy demo` shows the proxy against a built-in sandbox.',
  unreadable: 'Give the path of a file that is readable by this user.',
  no_certificate: BUNDLE_ADVICE,
  invalid_certificate: BUNDLE_ADVICE,
  invalid_key: 'Decrypt it with `openssl pkey`, and keep the file to this user.',
  key_mismatch: 'Give both files of one renewal; the listener’s own certificate comes first in its file.',
} as const;

/** Something that the configuration names, and that cannot be used. No field holds any part of it. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: keyof typeof ADVICE;
  /** What a person can do about it. */
  readonly advice: string;

  constructor(code: InputError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = ADVICE[code];
  }
}
