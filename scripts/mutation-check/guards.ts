/** A guard, and what the program would be without it. */
export interface Guard {
  readonly name: string;
  readonly file: string;
  /** The text of the guard, which stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** Those that should notice, of all that would. */
  readonly tests: readonly string[];
}

const TARGETS = ['test/security/request-targets.test.ts', 'test/proxy/gate/target.test.ts'];
const SMUGGLING = ['test/security/request-smuggling.test.ts'];
const ANSWERS = ['test/security/upstream-answers.test.ts', 'test/upstream/strict-answers.test.ts'];
const CREDENTIALS = ['test/security/caller-credentials.test.ts'];
const HOPS = ['test/security/hop-by-hop.test.ts'];
const BROWSERS = ['test/security/origins.test.ts'];

const target = (name: string, from: string, to: string): Guard => ({
  name: `target: ${name}`,
  file: 'src/proxy/gate/target.ts',
  from,
  to,
  tests: TARGETS,
});

const strict = (name: string, from: string, to: string): Guard => ({
  name: `answers: ${name}`,
  file: 'src/upstream/strict-answers.ts',
  from,
  to,
  tests: ANSWERS,
});

const plain = (name: string, from: string, to: string): Guard => ({
  name: `plain request: ${name}`,
  file: 'src/accelerator/plain-request.ts',
  from,
  to,
  tests: ['test/accelerator/plain-request.test.ts', 'test/security/two-readers.test.ts'],
});

const listener = (name: string, from: string, to: string, tests: readonly string[]): Guard => ({
  name: `listener: ${name}`,
  file: 'src/proxy/listener/public-listener.ts',
  from,
  to,
  tests,
});

/** What a simulated history of tokens, clients and refusals shows within a thousand. */
const simulated = (name: string, file: string, from: string, to: string): Guard => ({
  name: `simulation: ${name}`,
  file: `src/oauth/token/${file}.ts`,
  from,
  to,
  tests: ['test/oauth/token/lifecycle-simulation.test.ts'],
});

/** What a table of the policy shows. */
const policy = (name: string, file: string, from: string, to: string, tests: readonly string[]): Guard => ({
  name: `rough weather: ${name}`,
  file,
  from,
  to,
  tests,
});

export const GUARDS: readonly Guard[] = [
  target('dot segments', "[/\\/(?:\\.|%2e){1,2}(?:\\/|$)/i, 'a dot segment'],", ''),
  target('backslash', "[/\\\\/, 'a backslash'],", ''),
  target('semicolon', "[/;/, 'a semicolon'],", ''),
  target('bytes to be encoded', "[/[^\\x21-\\x7e]/, 'a byte that must be percent-encoded'],", ''),
  target('encoded slash', "[/%(?:2f|5c)/i, 'an encoded slash or backslash'],", ''),
  target('encoded control bytes', "[/%(?:[01][0-9a-f]|7f)/i, 'an encoded control byte'],", ''),
  target('double encoding', "[/%25/, 'an encoded percent sign (double encoding)'],", ''),
  target('UTF-8', 'isDecodable(path) ?', 'true ?'),
  target('fragment', "raw.includes('#')", 'false'),
  target('origin form', "!raw.startsWith('/')", 'false'),
  target('length', 'raw.length > MAX_TARGET_LENGTH', 'false'),
  {
    name: 'target: prefix',
    file: 'src/proxy/gate/route-table.ts',
    from: 'code === SLASH || code === QUESTION',
    to: 'true',
    tests: [...TARGETS, 'test/proxy/gate/route-table.test.ts'],
  },
  plain('fields of connection, body and protocol', 'if (NOT_PLAIN.has(lower)) return undefined;', ''),
  plain('what Connection says', "if (option !== 'keep-alive' && option !== 'close') return undefined;", ''),
  plain('target', 'if (!TARGET.test(target)) return undefined;', ''),
  {
    name: 'accelerator: bytes that wait for their reader are not written over',
    file: 'src/accelerator/plain-wire.ts',
    from: 'if (!isKept && socket.writableLength > 0)',
    to: 'if (socket.destroyed)',
    tests: ['test/accelerator/connection.test.ts'],
  },
  {
    name: 'accelerator: nothing behind the last request is looked at',
    file: 'src/accelerator/accelerator.ts',
    from: 'if (!this.#keepAlive) return;\n    if (this.#wire',
    to: 'if (this.#wire',
    tests: ['test/accelerator/connection.test.ts'],
  },
  {
    name: 'accelerator: write time-out',
    file: 'src/accelerator/accelerator.ts',
    from: 'if (socket.writableLength > 0) socket.destroy();',
    to: 'if (false) socket.destroy();',
    tests: ['test/proxy/listener/write-timeout.test.ts'],
  },
  plain('size', 'if (bytes.length > MAX_BYTES) return undefined;', ''),
  plain('a host', 'head.host === undefined ? undefined :', 'false ? undefined :'),
  plain('nothing behind it', "|| !block.endsWith('\\r\\n\\r\\n')", ''),
  {
    name: 'caller: Host repeated',
    file: 'src/proxy/gate/caller-policy.ts',
    from: 'if (head.hostRepeated)',
    to: 'if (false)',
    tests: SMUGGLING,
  },
  {
    name: 'caller: Host of others',
    file: 'src/proxy/gate/caller-policy.ts',
    from: 'head.host !== undefined && !isOurHost(head.host, allowedHosts)',
    to: 'false',
    tests: BROWSERS,
  },
  {
    name: 'caller: Sec-Fetch-Site',
    file: 'src/proxy/gate/caller-policy.ts',
    from: "site !== undefined && site !== 'same-origin' && site !== 'none'",
    to: 'false',
    tests: BROWSERS,
  },
  {
    name: 'caller: Origin',
    file: 'src/proxy/gate/caller-policy.ts',
    from: 'head.origin !== undefined && !isSameOrigin(head.origin, head.host)',
    to: 'false',
    tests: BROWSERS,
  },
  {
    name: 'caller: methods',
    file: 'src/proxy/gate/gate.ts',
    from: "method === 'GET' || method === 'HEAD'",
    to: 'true',
    tests: TARGETS,
  },
  {
    name: 'caller: a body ends the connection',
    file: 'src/proxy/gateway.ts',
    from: 'if (asked.head.hasBody) wire.closeAfter();',
    to: '',
    tests: ['test/security/slow-callers.test.ts', ...SMUGGLING],
  },
  {
    name: 'caller: credentials in the query',
    file: 'src/proxy/gate/gate.ts',
    from: 'withoutCredentials(found.query)',
    to: 'found.query',
    tests: CREDENTIALS,
  },
  listener('HTTP version', 'request.httpVersionMajor !== 1', 'false', SMUGGLING),
  listener('lenient parser', 'insecureHTTPParser: false', 'insecureHTTPParser: true', SMUGGLING),
  listener('size of a head', 'maxHeaderSize: MAX_HEAD_BYTES', 'maxHeaderSize: 1_000_000', TARGETS),
  listener(
    'number of fields',
    'server.maxHeadersCount = MAX_HEADER_FIELDS',
    'server.maxHeadersCount = 10_000',
    TARGETS,
  ),
  listener('time for a head', 'headersTimeout: options.headersTimeoutMs', 'headersTimeout: 60_000', [
    'test/security/slow-callers.test.ts',
  ]),
  {
    name: 'listener: connections',
    file: 'src/proxy/listener/connections.ts',
    from: 'this.#open.size > this.#most && ',
    to: 'false && ',
    tests: ['test/security/slow-callers.test.ts'],
  },
  {
    name: 'listener: connections that are not accepted',
    file: 'src/proxy/listener/door.ts',
    from: 'maxConnections = 2 * options.maxConnections',
    to: 'maxConnections = 1000 * options.maxConnections',
    tests: ['test/security/slow-callers.test.ts'],
  },
  listener('event-loop delay', ' || loop.isTooLong()', '', ['test/proxy/listener/event-loop-delay.test.ts']),
  listener('write time-out', 'server.timeout = options.writeTimeoutMs', 'server.timeout = 0', [
    'test/proxy/listener/write-timeout.test.ts',
  ]),
  {
    name: 'pipelining: one after the other',
    file: 'src/proxy/listener/connections.ts',
    from: 'if (response.socket !== null) {',
    to: 'if (true) {',
    tests: SMUGGLING,
  },
  {
    name: 'pipelining: bound',
    file: 'src/proxy/listener/connections.ts',
    from: 'connection.waiting > MOST_WAITING',
    to: 'false',
    tests: SMUGGLING,
  },
  {
    name: 'answers: hop-by-hop fields and cookies',
    file: 'src/proxy/answer/response-headers.ts',
    from: 'const known = FORWARDED.has(lowerName)',
    to: 'const known = true || FORWARDED.has(lowerName)',
    tests: HOPS,
  },
  {
    name: 'answers: a report is data',
    file: 'src/proxy/reports/report-fetch.ts',
    from: ', ...DATA_ONLY]',
    to: ']',
    tests: ['test/security/reports-run-no-script.test.ts'],
  },
  {
    name: 'answers: what Connection names',
    file: 'src/proxy/answer/response-headers.ts',
    from: 'named?.has(lowerName)',
    to: 'false',
    tests: HOPS,
  },
  {
    name: 'requests: header fields that go upstream',
    file: 'src/proxy/reports/upstream-headers.ts',
    from: 'if (route.forwardHeaders.length > 0) pushForwarded(more, fields, route.forwardHeaders);',
    to: 'more.push(...fields);',
    tests: [...CREDENTIALS, ...HOPS],
  },
  {
    name: 'token: characters',
    file: 'src/oauth/protocol/dcr-answers.ts',
    from: '!B68_TOKEN.test(text)',
    to: 'false',
    tests: ['test/security/header-injection.test.ts'],
  },
  {
    name: 'DCR: size of an answer',
    file: 'src/upstream/dcr-transport.ts',
    from: '    maxResponseSize: MAX_ANSWER_BYTES,\n',
    to: '',
    tests: ['test/upstream/dcr-transport.test.ts'],
  },
  {
    name: 'DCR: size unpacked',
    file: 'src/upstream/dcr-transport.ts',
    from: '{ maxOutputLength: MAX_ANSWER_BYTES }',
    to: '{}',
    tests: ['test/upstream/dcr-transport.test.ts'],
  },
  {
    name: 'certificates',
    file: 'src/base/peer-tls.ts',
    from: 'rejectUnauthorized: true',
    to: 'rejectUnauthorized: false',
    tests: ['test/upstream/upstream-tls.test.ts', 'test/upstream/dcr-transport.test.ts'],
  },
  {
    name: 'API: one token after another',
    file: 'src/oauth/token/refusal-policy.ts',
    from: ' || facts.earlier >= MOST_REFUSALS',
    to: '',
    tests: ['test/oauth/token/refusal-policy.test.ts'],
  },
  {
    name: 'API: what is sent again',
    file: 'src/upstream/resend.ts',
    from: "(options.method === 'GET' || options.method === 'HEAD') && ",
    to: '',
    tests: ['test/upstream/connections.test.ts'],
  },
  {
    name: 'API: the age of connections',
    file: 'src/upstream/connections.ts',
    from: 'if (performance.now() > this.#renewAt) this.renew();',
    to: '',
    tests: ['test/upstream/connections.test.ts'],
  },
  strict('status', 'status > 599', 'false'),
  strict('unasked 101', 'status === 101', 'false'),
  strict('number of fields', 'lowerNames.length > MAX_FIELDS', 'false'),
  strict('unknown coding', "value.toLowerCase() !== 'chunked'", 'false'),
  strict('framing said twice', 'framings > 1', 'false'),
  strict('content coding', '!accepts(acceptEncoding(), value)', 'false'),
  strict('interim answers', '++this.#interims > MAX_INTERIM_ANSWERS', 'false'),
  {
    name: 'memory: what flights collect together',
    file: 'src/cache/store/flight.ts',
    from: '|| !this.#allowance.take(piece.length)',
    to: '',
    tests: ['test/cache/store/flight.test.ts'],
  },
  {
    name: 'memory: a slow caller sets the pace',
    file: 'src/cache/store/flight.ts',
    from: 'this.#source?.pause();',
    to: '',
    tests: ['test/cache/store/flight.test.ts', 'test/security/slow-callers.test.ts'],
  },
  simulated(
    'a proven token serves until its successor is taken',
    'proven-tokens',
    'return ifUsable(this.#proven, this.#effects.now());',
    'return this.#proven === this.#supply.current() ? this.#proven : undefined;',
  ),
  simulated(
    'a young token is tried again',
    'refusal-policy',
    "if (after !== undefined) return { act: 'again', after };",
    '',
  ),
  simulated(
    'what a trial is refused for is asked with the proven token',
    'refusal-policy',
    "if (facts.replaced || facts.otherProven) return { act: 'other' };",
    '',
  ),
  simulated(
    'the API’s word on a client is heard',
    'proven-tokens',
    "newClient: refusal.meaning === 'client',",
    'newClient: false,',
  ),
  simulated(
    'the API’s word leads to one registration',
    'registration-policy',
    'return milliseconds(last === undefined ? 0 : until(last.at, SPAN));',
    'return milliseconds(0);',
  ),
  simulated(
    'the token endpoint’s word leads to two registrations',
    'registration-policy',
    'return milliseconds(settling > 0 || beforeLast === undefined ? settling : until(beforeLast.at, SPAN));',
    'return milliseconds(0);',
  ),
  simulated(
    'registrations from the future count as made now',
    'registration-policy',
    'made.map((it) => (it.at > now ? { ...it, at: now } : it));',
    'made;',
  ),
  policy(
    'registrations from the future count as made now',
    'src/oauth/token/registration-policy.ts',
    'made.map((it) => (it.at > now ? { ...it, at: now } : it));',
    'made;',
    ['test/oauth/token/registration-policy.test.ts'],
  ),
  policy(
    'a refusal is judged by what other places say',
    'src/oauth/token/refusal-policy.ts',
    "if (facts.proven && !facts.refusedElsewhere && !facts.waited) return { act: 'wait' };",
    '',
    ['test/oauth/token/refusal-policy.test.ts'],
  ),
  policy(
    'one place alone makes no token suspect',
    'src/oauth/token/proven-tokens.ts',
    'return this.#doubt !== undefined && this.#doubt.places.size > 1;',
    'return this.#doubt !== undefined;',
    ['test/oauth/token/proven-tokens.test.ts'],
  ),
  policy(
    'the API’s word on a client is no word against its successor',
    'src/oauth/token/lasting-token-source.ts',
    'clientRefused && this.#clients.get(token) === this.#issuer.credentials?.clientId',
    'clientRefused',
    ['test/oauth/token/lasting-token-source.test.ts'],
  ),
  policy(
    'a token that is taken elsewhere is not to blame',
    'src/oauth/token/refusal-policy.ts',
    'if (facts.takenSince) return own;',
    '',
    ['test/oauth/token/refusal-policy.test.ts'],
  ),
  policy(
    'a token that is handed out again goes on as it was',
    'src/oauth/token/lasting-token-source.ts',
    '? { token: before, refreshAt: received.token.expiresAt }',
    '? received',
    ['test/oauth/token/lasting-token-source.test.ts'],
  ),
  policy(
    'failures side by side close a route once',
    'src/proxy/reports/cool-down.ts',
    'if (isBefore(begunAt, this.#unreachableAt) || isBefore(begunAt, this.#reachedAt)) return;',
    '',
    ['test/proxy/reports/cool-down.test.ts'],
  ),
  policy(
    'failures side by side open the circuit once',
    'src/cache/shared/circuit.ts',
    'if (begunAt < this.#failedAt) return;',
    '',
    ['test/cache/shared/circuit.test.ts'],
  ),
  policy(
    'a dead connection and a dead token each have a retry',
    'src/upstream/resend.ts',
    'if (lost) this.#sendAgain();',
    'if (false) this.#sendAgain();',
    ['test/upstream/connections.test.ts'],
  ),
  policy(
    'connections end when stopping begins',
    'src/proxy/listener/public-listener.ts',
    'closing || connections.isLeaving(request.socket)',
    'closing',
    ['test/e2e/shutdown.test.ts'],
  ),
  policy(
    'idle connections have a chance',
    'src/proxy/listener/public-listener.ts',
    'const chance = setTimeout(() => {',
    'closeIdle();\n      const chance = setTimeout(() => {',
    ['test/e2e/shutdown.test.ts'],
  ),
  policy('ready before anybody listens', 'src/admin/status.ts', ' && listening > 0 && serves', ' && serves', [
    'test/admin/readiness.test.ts',
  ]),
  policy(
    'ready while stored reports are answered',
    'src/admin/status.ts',
    '(it.hasServed && !strict) || ',
    '',
    ['test/admin/readiness.test.ts'],
  ),
  policy(
    'descriptors: said once',
    'src/service/file-descriptors.ts',
    'EXHAUSTED.has(code) && !exhausted',
    'EXHAUSTED.has(code)',
    ['test/service/file-descriptors.test.ts'],
  ),
  policy('a statement that comes late', 'src/service/inputs/config-source.ts', 'looks > 0 && ', 'false && ', [
    'test/service/inputs/patient-load.test.ts',
  ]),
];
