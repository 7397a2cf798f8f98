import type { Effects } from '../../base/effects.ts';
import { Secret } from '../../base/secret.ts';
import { between, type EpochMs, type Milliseconds } from '../../base/units.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import type { ClientCredentials } from './credentials.ts';
import { type DcrAnswer, parseRegistration, parseToken, type ReceivedToken } from './dcr-answers.ts';
import { asDcrError, DcrError } from './dcr-error.ts';
import type { DcrEventListener } from './dcr-event.ts';
import { refusal, transportFailure } from './dcr-failure.ts';
import { withDeadline } from './deadline.ts';

/** One `POST` to the DCR server, as it goes on the wire. */
export interface DcrRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborts when the caller's patience ends: the transport has no time-out of its own but this. */
  readonly signal: AbortSignal;
}

/** Gives the answer, whatever its status. What it throws gets its meaning from `dcr-failure.ts`. */
export type DcrTransport = (request: DcrRequest) => Promise<DcrAnswer>;

/** What is called as a setting of `dcr` means the same. */
export interface DcrClientOptions {
  readonly url: URL;
  readonly transport: DcrTransport;
  readonly effects: Effects;
  readonly userAgent: string;
  readonly deviceInfo: Readonly<Record<string, string>>;
  readonly tokenRequestForm: 'body' | 'query';
  readonly redirectUri?: string;
  readonly registerPath: string;
  readonly tokenPath: string;
  readonly initialAccessToken?: Secret | undefined;
  readonly scope?: string;
  readonly timeoutMs: Milliseconds;
  readonly onEvent?: DcrEventListener;
}

export type DcrClient = ReturnType<typeof createDcrClient>;

/** The two calls of Adobe's DCR server. Each method is one HTTP request: no retries, no state. */
export function createDcrClient(options: DcrClientOptions) {
  const { transport, effects, initialAccessToken, redirectUri = '', scope = '' } = options;
  const commonHeaders = {
    accept: 'application/json;charset=utf-8',
    'accept-encoding': 'identity',
    'user-agent': options.userAgent,
    'x-device-info': Buffer.from(JSON.stringify(options.deviceInfo)).toString('base64'),
  };

  const call = async <T>(
    operation: 'register' | 'token',
    request: Omit<DcrRequest, 'signal'>,
    signal: AbortSignal | undefined,
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
      const answer = await withDeadline(effects, options.timeoutMs, signal, (inner) =>
        transport({ ...request, signal: inner }).catch((thrown: unknown) => {
          throw thrown instanceof DcrError ? thrown : transportFailure(thrown, request.url);
        }),
      );
      if (answer.status !== 200 && answer.status !== 201) throw refusal(answer, effects.now(), secrets);
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
    /** Where it registers; stored credentials are bound to it. */
    baseUrl: new URL(options.url),

    /** A registration (RFC 7591 §3). @throws {DcrError} */
    register: (statement: SoftwareStatement, signal?: AbortSignal): Promise<ClientCredentials> => {
      const headers = {
        ...commonHeaders,
        'content-type': 'application/json;charset=utf-8',
        ...(initialAccessToken && { authorization: `Bearer ${initialAccessToken.reveal()}` }),
      };
      const body = JSON.stringify({
        software_statement: statement.secret.reveal(),
        ...(redirectUri !== '' && { redirect_uri: redirectUri }),
      });
      const url = endpoint(options.url, options.registerPath);
      const secrets = [statement.secret, ...(initialAccessToken ? [initialAccessToken] : [])];
      return call('register', { url, headers, body }, signal, secrets, (answer) =>
        parseRegistration(answer, effects.now()),
      );
    },

    /** A token request with the grant `client_credentials` (RFC 6749 §4.4). @throws {DcrError} */
    requestToken: (credentials: ClientCredentials, signal?: AbortSignal): Promise<ReceivedToken> => {
      const secret = credentials.clientSecret.reveal();
      const parameters = new URLSearchParams({
        grant_type: 'client_credentials',
        ...(!credentials.basic && { client_id: credentials.clientId, client_secret: secret }),
        ...(scope !== '' && { scope }),
      }).toString();
      const authorization = credentials.basic && basicAuthorization(credentials.clientId, secret);
      const headers = {
        ...commonHeaders,
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization && { authorization }),
      };
      const url = endpoint(options.url, options.tokenPath);
      const isQuery = options.tokenRequestForm === 'query';
      if (isQuery) url.search = parameters;
      const secrets = [secret, parameters, authorization ?? ''].map((it) => new Secret(it));
      const body = isQuery ? '' : parameters;
      return call('token', { url, headers, body }, signal, secrets, (answer, sentAt) =>
        parseToken(answer, effects.now(), sentAt),
      );
    },
  };
}

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
function basicAuthorization(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((it) => new URLSearchParams({ it }).toString().slice(3));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

/** `path`, which begins with a slash, below `base`, which may have a path of its own and end with a slash or not. */
function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/$/, '') + path;
  url.search = '';
  url.hash = '';
  return url;
}
