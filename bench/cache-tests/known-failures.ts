/** A reason for not passing tests, and the tests. */
export interface KnownFailures {
  readonly reason: string;
  readonly tests: readonly string[];
}

const each = (prefix: string, ...rest: readonly string[]): string[] => rest.map((it) => prefix + it);

/**
 * The tests that do not pass, and why that is right (docs/http-caching.md has the same list). `required` ones come first; the
 * suite's `check`s tell what caches do where the RFCs leave them free, and have no right answer.
 */
export const KNOWN_FAILURE_GROUPS: readonly KnownFailures[] = [
  {
    reason: "One caller's cookies are nothing for another: Set-Cookie never reaches callers, stored or not.",
    tests: [
      ...each('headers-store-', 'Set-Cookie', 'Set-Cookie2'),
      ...each('304-etag-update-response-', 'Set-Cookie', 'Set-Cookie2'),
      'other-set-cookie',
    ],
  },
  {
    reason: "A report is data: its Content-Security-Policy is `sandbox`, whatever the origin's is.",
    tests: ['headers-store-Content-Security-Policy', '304-etag-update-response-Content-Security-Policy'],
  },
  {
    reason:
      'The origin sends a Content-Encoding that does not exist: nobody could read the body, so it is 502.',
    tests: ['headers-store-Content-Encoding'],
  },
  {
    reason:
      'The origin sends a Transfer-Encoding that does not exist: an answer without an end is 502 (RFC 9112 §6.1).',
    tests: ['headers-store-Transfer-Encoding'],
  },
  {
    reason:
      "The caller's Authorization is never forwarded: the proxy puts in its own. So no answer is one caller's (RFC 9111 §3.5 does not apply).",
    tests: each('other-authorization', '', '-public', '-must-revalidate', '-smaxage'),
  },
  {
    reason: 'The proxy refuses unsafe methods (405), so no request through it can change what is stored.',
    tests: [
      'method-POST',
      ...['POST', 'PUT', 'DELETE', 'M-SEARCH'].flatMap((it) =>
        each(`invalidate-${it}`, '', '-location', '-cl', '-failed'),
      ),
    ],
  },
  {
    reason:
      'HEAD is asked upstream as GET, and answered from what that brings; so upstream sees no HEAD to update a copy by.',
    tests: [
      'head-writethrough',
      'head-200-retain',
      'head-200-freshness-update',
      'head-200-update',
      'head-410-update',
    ],
  },
  {
    reason:
      'Only complete answers are stored: Range is not forwarded, parts are cut from the whole (optional, RFC 9111 §3.3).',
    tests: [
      ...each('partial-store-partial-reuse-partial', '', '-byterange', '-absent', '-suffix'),
      'partial-store-partial-complete',
    ],
  },
  {
    reason:
      'Asked is whether it changed since a date before the copy was made, of which nobody knows the answer: 200 (RFC 9110 §13.1.3). None of the recorded proxies passes.',
    tests: ['conditional-lm-fresh-no-lm'],
  },
  {
    reason: 'Languages are compared as lists; which one an origin picks by weight is not guessed.',
    tests: ['vary-normalise-lang-select'],
  },
  {
    reason:
      'Unreadable or contradictory freshness counts as stale (RFC 9111 §4.2.1: the first of two values; no decimals, no letters).',
    tests: each(
      'freshness-max-age-',
      ...[
        'two-stale-fresh-sameline',
        'two-stale-fresh-sepline',
        'decimal-zero',
        'decimal-five',
        'a100',
        '100a',
      ],
    ),
  },
  {
    reason: 'Structured fields are case-sensitive: `MAX-AGE` is no key of CDN-Cache-Control (RFC 9213 §2.1).',
    tests: ['cdn-max-age-case-insensitive'],
  },
  {
    reason: 'RFC 9111 §5.5 has made Warning obsolete.',
    tests: ['stale-warning-stored', 'stale-warning-become'],
  },
  {
    reason:
      'A tenth of half a minute is over before the test asks again: the heuristic fraction of this run is 0.1.',
    tests: each('heuristic-delta-', '5', '10', '30'),
  },
  {
    reason:
      'Malformed entity-tags match byte for byte only; one that came without quotes is sent back without.',
    tests: each(
      'conditional-etag-',
      ...[
        'strong-respond-obs-text',
        'quoted-respond-unquoted',
        'unquoted-respond-quoted',
        'strong-generate-unquoted',
      ],
    ),
  },
  {
    reason:
      "Where answers are stored, a caller's condition is answered here and not forwarded, nor is another variant's tag offered.",
    tests: each('conditional-etag-', 'vary-headers-mismatch', 'forward', 'forward-unquoted'),
  },
  {
    reason:
      'A 304 with another strong validator than the copy has does not speak of the copy (RFC 9111 §4.3.4); the coding of a stored body does not change by a field.',
    tests: each('304-etag-update-response-', 'ETag', 'Content-Encoding'),
  },
  {
    reason: 'Age is told for what comes from the store; a first answer gets none, however long it took.',
    tests: ['other-age-delay'],
  },
];

/** Reason by test. */
export const KNOWN_FAILURES: ReadonlyMap<string, string> = new Map(
  KNOWN_FAILURE_GROUPS.flatMap(({ reason, tests }) => tests.map((test): [string, string] => [test, reason])),
);
