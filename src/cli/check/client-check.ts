import { type Effects, systemEffects } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { Secret } from '../../base/secret.ts';
import { between, epochMs, isoTime, type Milliseconds, milliseconds, seconds } from '../../base/units.ts';
import { userAgent } from '../../base/version.ts';
import { PRESETS } from '../../config/settings/adobe-settings.ts';
import type { Config } from '../../config/settings/schema.ts';
import {
  type AccessToken,
  asDcrError,
  createDcrClient,
  DcrError,
  type DcrEvent,
  type OpenedStore,
  type SoftwareStatement,
  type TokenSource,
  type TokenSourceStatus,
} from '../../oauth/index.ts';
import type { ClientInput, RouteInput, Setup } from '../../service/inputs/inputs.ts';
import type { ClientEnvironment } from '../../service/running/running-client.ts';
import { openDcrTransport } from '../../upstream/dcr-transport.ts';
import { type Finding, failedCall, inSeconds, ok, type Say, shortened, worthKnowing } from './finding.ts';

/** Where Adobe's servers are, as far as that is known (docs/adobe.md §1). */
export interface KnownPlaces {
  /** By the name that the setting `adobe` has for them. */
  readonly presets: Readonly<Record<string, Readonly<Record<keyof typeof PRESETS.production, string>>>>;
  /** DCR servers that stand for each other. */
  readonly dcr: readonly (readonly string[])[];
}

export const KNOWN_PLACES: KnownPlaces = {
  presets: PRESETS,
  dcr: [
    ['https://api.auth.adobe.com', 'https://sp.auth.adobe.com'],
    ['https://api.auth-staging.adobe.com', 'https://sp.auth-staging.adobe.com'],
  ],
};

/** What a check knows and does besides its configuration. */
export interface CheckMeans {
  readonly effects: Effects;
  /** Resolves after the time, or when the signal aborts. */
  readonly wait: (time: Milliseconds, signal: AbortSignal) => Promise<void>;
  readonly places: KnownPlaces;
}

/** One client under check, with what all have in common. */
export interface ClientCheck extends CheckMeans, Setup, Omit<ClientEnvironment, 'onEvent' | 'onIdentity'> {
  readonly outlasts: ReturnType<typeof patienceOf>;
  readonly stopping: AbortSignal;
  readonly client: ClientInput;
  readonly routes: readonly RouteInput[];
  readonly say: Say;
}

/** Whoever started a check sits before it. */
const LONGEST_PATIENCE: Milliseconds = seconds(180);
const MOST_PAUSES = 5;

/**
 * What a check waits for in all, where Adobe asks it to pause (429). Waits a pause out, and says so; resolves with
 * `false`, at once, if there is no patience left for it.
 */
export const patienceOf = ({ wait }: CheckMeans, stopping: AbortSignal) => {
  let left = LONGEST_PATIENCE;
  let pauses = 0;
  return async (pause: Milliseconds, step: Finding['step'], say: Say): Promise<boolean> => {
    if (pause > left || pauses === MOST_PAUSES || stopping.aborted) return false;
    left = milliseconds(left - pause);
    pauses++;
    say(worthKnowing(step, `throttled (429): waiting ${inSeconds(pause)}`));
    await wait(pause, stopping);
    return !stopping.aborted;
  };
};

export function statementFinding({ subject, issuedAt }: SoftwareStatement): Finding {
  const application = subject === undefined ? 'application not named' : `application ${shortened(subject)}`;
  const issued = issuedAt === undefined ? '' : `, issued ${isoTime(issuedAt)}`;
  return ok('Software statement', application + issued);
}

export function stateFinding({ state }: Config, { kind, problem }: Omit<OpenedStore, 'store'>): Finding {
  const folder = state.dir ?? 'none';
  if (kind === 'file') return ok('State folder', `${folder} can be written`);
  const why = errorCode(problem) ?? problem?.message ?? 'unknown';
  return worthKnowing(
    'State folder',
    `${folder} cannot be written (${why}): every restart would register anew`,
    'Set `state.dir` to a folder on a volume that outlives the process and that this user can write.',
  );
}

/** Waits for a token, and says what the way to it showed. */
export async function checkCredentials(
  check: ClientCheck,
  tokens: TokenSource,
  { kind }: Pick<OpenedStore, 'kind'>,
  events: readonly DcrEvent[],
): Promise<AccessToken | DcrError> {
  const outcome = await tokenWithPatience(check, tokens);
  const status = tokens.status();
  const names = new Set(events.map(({ event }) => event));
  for (const event of events) {
    // That a folder which cannot be written cannot be read either was said already.
    const remark = event.event === 'load-failed' && kind === 'memory' ? undefined : remarkOn(event);
    if (remark !== undefined) check.say(remark);
  }
  if (status.registration !== null)
    check.say(registrationFinding(status.registration, names.has('registered')));
  check.say(
    outcome instanceof DcrError
      ? failedCall(stepOf(status), outcome)
      : tokenFinding(outcome, names.has('token-received')),
  );
  return outcome;
}

const tokenWithPatience = async (
  { outlasts, stopping, say }: ClientCheck,
  tokens: TokenSource,
): Promise<AccessToken | DcrError> => {
  for (;;) {
    const outcome = await tokens.token({ signal: stopping }).catch(asDcrError);
    if (!(outcome instanceof DcrError) || !isThrottled(outcome)) return outcome;
    const { retryAfter = USUAL_PAUSE } = outcome;
    if (!(await outlasts(retryAfter, stepOf(tokens.status()), say))) return outcome;
  }
};

const USUAL_PAUSE = seconds(1);

const isThrottled = ({ code }: DcrError): boolean => code === 'throttled' || code === 'budget_exhausted';

const stepOf = ({ registration }: TokenSourceStatus) =>
  registration === null ? 'Registration' : 'Access token';

type Registration = NonNullable<TokenSourceStatus['registration']>;

const registrationFinding = ({ clientId, issuedAt, scopes }: Registration, isNew: boolean): Finding => {
  const origin = isNew ? 'newly registered' : `taken from the state folder, registered ${isoTime(issuedAt)}`;
  const allowed = scopes?.length === 0 ? 'none' : scopes?.join(' ');
  const more = allowed === undefined ? '' : `\nscopes: ${allowed}`;
  return ok('Registration', `client ${shortened(clientId)}: ${origin}${more}`);
};

const tokenFinding = ({ receivedAt, expiresAt }: AccessToken, isNew: boolean): Finding => {
  const origin = isNew ? 'newly issued' : 'taken from the state folder';
  const lifetime = inSeconds(between(receivedAt, expiresAt));
  return ok('Access token', `${origin}; valid until ${isoTime(expiresAt)} (for ${lifetime} in all)`);
};

const SET_ASIDE = {
  corrupt: 'could not be read',
  foreign: 'belongs to another statement or DCR server',
  'not-a-file': 'is no file',
  unsealed: 'is not sealed, although `state.key` is set (`state.acceptPlain: true` takes it up, once),',
} as const;

/** Events that a person should hear of although a token was had. */
function remarkOn(event: DcrEvent): Finding | undefined {
  switch (event.event) {
    case 'state-set-aside': {
      const keptAs = event.keptAs === undefined ? '' : ` as ${event.keptAs}`;
      const text = `stored state ${SET_ASIDE[event.reason]} and was set aside${keptAs}`;
      return worthKnowing('State folder', text);
    }
    case 'load-failed': {
      const advice = 'Check the owner and permissions of the folder and its files.';
      return worthKnowing('State folder', 'stored state cannot be read', advice);
    }
    case 'save-failed': {
      const text = 'credentials could not be saved: every restart registers anew';
      return worthKnowing('State folder', text, 'Check space and permissions.');
    }
    case 'credentials-rejected': {
      const text = `client ${shortened(event.clientId)} is no longer known to Adobe: registered anew`;
      return worthKnowing('Registration', text);
    }
    case 'clock-skew': {
      const text = "this host's clock and Adobe's differ";
      return worthKnowing('Access token', text, 'Synchronise the clock (NTP).');
    }
    default:
      return undefined;
  }
}

/** Where a DCR server answers like something else, says whether another one that is documented does better. */
export async function checkOtherDcrServers(
  { config, tls }: ClientInput,
  failure: DcrError,
  { places, say }: Pick<ClientCheck, 'places' | 'say'>,
): Promise<void> {
  if (failure.code !== 'unexpected_status' || (failure.status !== 404 && failure.status !== 401)) return;
  const here = config.dcr.url.origin;
  const servers = places.dcr.filter((group) => group.includes(here)).flat();
  for (const server of servers.filter((it) => it !== here)) {
    const there = { ...config, dcr: { ...config.dcr, url: new URL(server) } };
    if (!(await isDcrServer({ config: there, tls }))) continue;
    say(worthKnowing('Registration', `${server} is a DCR server`, `Configure \`dcr.url: ${server}\`.`));
  }
}

/** Asks for a token without credentials: a DCR server refuses that as OAuth has it, and nothing is registered. */
const isDcrServer = async (client: Pick<ClientInput, 'config' | 'tls'>): Promise<boolean> => {
  const way = openDcrTransport({ ...client.config.dcr, tls: client.tls });
  const means = { transport: way.send, effects: systemEffects, userAgent: userAgent() };
  const { requestToken } = createDcrClient({ ...client.config.dcr, ...means });
  const nobody = { clientId: '', clientSecret: new Secret(''), issuedAt: epochMs(0) };
  const refusal = await requestToken(nobody).then(() => undefined, asDcrError);
  way.close();
  return refusal?.code === 'invalid_client' || refusal?.code === 'invalid_request';
};
