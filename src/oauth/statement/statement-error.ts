const DOWNLOAD =
  'Download the software statement (a .txt file) from the Adobe TVE Dashboard: Channels or Programmers › Registered Applications › Download Software Statement.';

const ADVICE = {
  missing: 'Check the path in `softwareStatementFile`, and that the file is mounted.',
  unreadable: 'Check the permissions of the file and the user that cmu-proxy runs as.',
  empty: DOWNLOAD,
  too_large: `A statement is a text of about one kilobyte. ${DOWNLOAD}`,
  html: `The file holds a web page, often a login page saved by mistake. ${DOWNLOAD}`,
  json: 'The file must hold the statement alone: three parts separated by dots, without JSON around it.',
  base64: 'Decode it once: Kubernetes `data:` values are Base64, `stringData:` values are not.',
  encrypted: DOWNLOAD,
  not_a_jws: `A statement consists of three parts separated by dots and starts with \`eyJ\`. ${DOWNLOAD}`,
  unsigned: DOWNLOAD,
  invalid_claim: DOWNLOAD,
  expired: DOWNLOAD,
  not_yet_valid: 'Check the clock of this host; if it is right, wait until then.',
} as const;

/** Stable: programs may test for it. */
export type StatementErrorCode = keyof typeof ADVICE;

/** A software statement that cannot be used. No field holds any part of it. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
  readonly code: StatementErrorCode;
  /** What a person can do about it. */
  readonly advice: string;

  constructor(code: StatementErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.advice = ADVICE[code];
  }
}
