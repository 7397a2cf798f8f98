import { type Effects, systemEffects } from '../../base/effects.ts';
import { errorCode } from '../../base/error-code.ts';
import { Secret } from '../../base/secret.ts';
import { epochMs, isoTime, seconds } from '../../base/units.ts';
import type { Config } from '../../config/settings/schema.ts';
import {
  type AccessToken,
  asDcrError,
  DcrError,
  type DcrEvent,
  type OpenedStore,
  type SoftwareStatement,
  type TokenSource,
} from '../../oauth/index.ts';
import type { ClientInput, RouteInput, Setup } from '../../service/inputs/inputs.ts';
import { type ClientEnvironment, dcrClient, wayToDcr } from '../../service/running/running-client.ts';
import { openDcrTransport } from '../../upstream/dcr-transport.ts';
import { credentialFindings } from './credential-findings.ts';
import { type Finding, type Say, shortened } from './finding.ts';
import { type KnownPlaces, otherDcrServers } from './other-places.ts';
import type { Patience, Wait } from './patience.ts';

/** What a check knows and does besides its configuration. */
export interface CheckMeans {
  readonly effects: Effects;
  readonly wait: Wait;
  readonly places: KnownPlaces;
}

/** One client under check, with what all have in common. */
export interface ClientCheck extends CheckMeans, Setup, Omit<ClientEnvironment, 'onEvent' | 'onIdentity'> {
  readonly patience: Patience;
  readonly stopping: AbortSignal;
  readonly client: ClientInput;
  readonly routes: readonly RouteInput[];
  readonly say: Say;
}

export function statementFinding({ subject, issuedAt }: SoftwareStatement): Finding {
  const facts = [
    subject === undefined ? 'application not named' : `application ${shortened(subject)}`,
    ...(issuedAt === undefined ? [] : [`issued ${isoTime(issuedAt)}`]),
  ];
  return { step: 'Software statement', outcome: 'ok', text: facts.join(', ') };
}

export function stateFinding({ state }: Config, { kind, problem }: Omit<OpenedStore, 'store'>): Finding {
  const step = 'State folder';
  if (kind === 'file') return { step, outcome: 'ok', text: `${state.dir ?? ''} can be written` };
  const why = errorCode(problem) ?? problem?.message ?? 'unknown';
  return {
    step,
    outcome: 'worth knowing',
    text: `${state.dir ?? 'none'} cannot be written (${why}): every restart would register anew`,
    advice: 'Set `state.dir` to a folder on a volume that outlives the process and that this user can write.',
  };
}

/** Waits for a token, and says what the way to it showed. */
export async function checkCredentials(
  check: ClientCheck,
  tokens: TokenSource,
  { kind }: Pick<OpenedStore, 'kind'>,
  events: readonly DcrEvent[],
): Promise<AccessToken | DcrError> {
  const outcome = await tokenWithPatience(check, tokens);
  // That a folder which cannot be written cannot be read either was said already.
  const told = events.filter(({ event }) => event !== 'load-failed' || kind === 'file');
  const failure = outcome instanceof DcrError ? outcome : undefined;
  for (const finding of credentialFindings(tokens.status(), told, failure)) check.say(finding);
  return outcome;
}

const tokenWithPatience = async (
  { patience, stopping, say }: ClientCheck,
  tokens: TokenSource,
): Promise<AccessToken | DcrError> => {
  for (;;) {
    const outcome = await tokens.token({ signal: stopping }).catch(asDcrError);
    if (!(outcome instanceof DcrError) || !isThrottled(outcome)) return outcome;
    const step = tokens.status().registration === null ? 'Registration' : 'Access token';
    if (!(await patience.outlasts(outcome.retryAfter ?? USUAL_PAUSE, step, say))) return outcome;
  }
};

const USUAL_PAUSE = seconds(1);

const isThrottled = ({ code }: DcrError): boolean => code === 'throttled' || code === 'budget_exhausted';

/** Where a DCR server answers like something else, says whether another one that is documented does better. */
export async function checkOtherDcrServers(
  { config, tls }: ClientInput,
  failure: DcrError,
  places: KnownPlaces,
  say: Say,
): Promise<void> {
  if (failure.code !== 'unexpected_status' || (failure.status !== 404 && failure.status !== 401)) return;
  for (const server of otherDcrServers(places, config.dcr.url)) {
    if (!(await isDcrServer({ config: { ...config, dcr: { ...config.dcr, url: new URL(server) } }, tls })))
      continue;
    const advice = `Configure \`dcr.url: ${server}\`.`;
    say({ step: 'Registration', outcome: 'worth knowing', text: `${server} is a DCR server`, advice });
  }
}

/** Asks for a token without credentials: a DCR server refuses that as OAuth has it, and nothing is registered. */
const isDcrServer = async (client: Pick<ClientInput, 'config' | 'tls'>): Promise<boolean> => {
  const way = openDcrTransport(wayToDcr(client));
  const nobody = { clientId: '', clientSecret: new Secret(''), issuedAt: epochMs(0) };
  const { requestToken } = dcrClient(client, way, systemEffects);
  const refusal = await requestToken(nobody).then(() => undefined, asDcrError);
  way.close();
  return refusal?.code === 'invalid_client' || refusal?.code === 'invalid_request';
};
