import type { Effects } from '../../base/effects.ts';
import { Secret } from '../../base/secret.ts';
import { between, type EpochMs, milliseconds } from '../../base/units.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import { REGISTER_PATH, TOKEN_PATH } from './adobe.ts';
import type { ClientCredentials } from './credentials.ts';
import { parseRegistration, parseToken, type ReceivedToken } from './dcr-answers.ts';
import { asDcrError, DcrError } from './dcr-error.ts';
import type { DcrEventListener } from './dcr-event.ts';
import { refusal } from './dcr-refusal.ts';
import type { DcrAnswer, DcrRequest, DcrTransport } from './dcr-transport.ts';
import { withDeadline } from './deadline.ts';
import { transportFailure } from './transport-failure.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** The two calls of Adobe's DCR server. Each method is one HTTP request: no retries, no state. */
export interface DcrClient {
  /** Where it registers; stored credentials are bound to it. */
  readonly baseUrl: URL;
  /**
   * `POST /o/client/register` (RFC 7591 §3).
   * @throws {DcrError}
   */
  register(statement: SoftwareStatement, options?: CallOptions): Promise<ClientCredentials>;
  /**
   * `POST /o/client/token` with the grant `client_credentials` (RFC 6749 §4.4).
   * @throws {DcrError}
   */
  requestToken(credentials: ClientCredentials, options?: CallOptions): Promise<ReceivedToken>;
}

/** What is called as a setting of `dcr` means the same. */
export interface DcrClientOptions {
  readonly url: URL;
  readonly transport: DcrTransport;
  readonly effects: Effects;
  /** `cmu-proxy/<version>`. */
  readonly userAgent: string;
  /** Sent as `X-Device-Info` (docs/adobe.md §3). */
  readonly deviceInfo: Readonly<Record<string, string>>;
  /**
   * How the token request carries the credentials; `body` unless the server is of the older procedure (docs/adobe.md
   * §4).
   */
  readonly tokenRequestForm: 'body' | 'query';
  /** Sent with the registration unless empty. */
  readonly redirectUri?: string;
  /** Below the base URL. Default: Adobe's. */
  readonly registerPath?: string;
  /** Below the base URL. Default: Adobe's. */
  readonly tokenPath?: string;
  /** Sent with the registration as a bearer token when given (RFC 7591 §3). */
  readonly initialAccessToken?: Secret | undefined;
  /** Asked for with each token unless empty (RFC 6749 §4.4.2). */
  readonly scope?: string;
  /** For one whole call: connecting, sending, and the last byte of the answer. */
  readonly timeoutMs: number;
  /** Told of every call when it ends. */
  readonly onEvent?: DcrEventListener;
}

export function createDcrClient(options: DcrClientOptions): DcrClient {
  const { transport, effects, initialAccessToken, redirectUri = '', scope = '' } = options;
  const { registerPath = REGISTER_PATH, tokenPath = TOKEN_PATH } = options;
  const baseUrl = new URL(options.url);
  const commonHeaders = {
    accept: 'application/json;charset=utf-8',
    'accept-encoding': 'identity',
    'user-agent': options.userAgent,
    'x-device-info': Buffer.from(JSON.stringify(options.deviceInfo)).toString('base64'),
  };

  /** Sends, checks the status, and reports the call. */
  const call = async <T>(
    operation: 'register' | 'token',
    request: Omit<DcrRequest, 'method' | 'signal'>,
    { signal }: CallOptions,
    secrets: readonly Secret[],
    read: (answer: DcrAnswer, sentAt: EpochMs) => T,
  ): Promise<T> => {
    const startedAt = effects.now();
    const report = (outcome: 'ok' | DcrError['code'], status: number | undefined) =>
      options.onEvent?.({
        event: 'dcr-call',
        operation,
        outcome,
        durationMs: between(startedAt, effects.now()),
        ...(status !== undefined && { status }),
      });
    try {
      const answer = await withDeadline(effects, milliseconds(options.timeoutMs), signal, (inner) =>
        transport({ ...request, method: 'POST', signal: inner }).catch((thrown: unknown) => {
          throw thrown instanceof DcrError ? thrown : transportFailure(thrown, request.url);
        }),
      );
      if (answer.status !== 200 && answer.status !== 201) {
        throw refusal(
          answer,
          effects.now(),
          secrets.map((secret) => secret.reveal()),
        );
      }
      const result = read(answer, startedAt);
      report('ok', answer.status);
      return result;
    } catch (thrown) {
      const error = asDcrError(thrown);
      report(error.code, error.status);
      throw error;
    }
  };

  return {
    baseUrl,
    register: (statement, callOptions = {}) =>
      call(
        'register',
        {
          url: endpoint(baseUrl, registerPath),
          headers: {
            ...commonHeaders,
            'content-type': 'application/json;charset=utf-8',
            ...(initialAccessToken !== undefined && {
              authorization: `Bearer ${initialAccessToken.reveal()}`,
            }),
          },
          body: JSON.stringify({
            software_statement: statement.secret.reveal(),
            ...(redirectUri !== '' && { redirect_uri: redirectUri }),
          }),
        },
        callOptions,
        [statement.secret, ...(initialAccessToken === undefined ? [] : [initialAccessToken])],
        (answer) => parseRegistration(answer, effects.now()),
      ),
    requestToken: (credentials, callOptions = {}) => {
      const secret = credentials.clientSecret.reveal();
      const parameters = new URLSearchParams({
        grant_type: 'client_credentials',
        ...(!credentials.basic && { client_id: credentials.clientId, client_secret: secret }),
        ...(scope !== '' && { scope }),
      }).toString();
      const basic = credentials.basic && basicAuthorization(credentials.clientId, secret);
      const url = endpoint(baseUrl, tokenPath);
      if (options.tokenRequestForm === 'query') url.search = parameters;
      return call(
        'token',
        {
          url,
          headers: {
            ...commonHeaders,
            'content-type': 'application/x-www-form-urlencoded',
            ...(basic !== undefined && { authorization: basic }),
          },
          body: options.tokenRequestForm === 'query' ? '' : parameters,
        },
        callOptions,
        [credentials.clientSecret, new Secret(parameters), new Secret(basic?.slice(BASIC.length) ?? '')],
        (answer, sentAt) => parseToken(answer, effects.now(), sentAt),
      );
    },
  };
}

const BASIC = 'Basic ';

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
function basicAuthorization(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((it) => new URLSearchParams({ it }).toString().slice(3));
  return BASIC + Buffer.from(encoded.join(':')).toString('base64');
}

/** `path`, which begins with a slash, below `base`, which may have a path of its own and end with a slash or not. */
function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/$/, '') + path;
  url.search = '';
  url.hash = '';
  return url;
}
