import { setTimeout } from 'node:timers/promises';
import { type Effects, systemEffects } from '../base/effects.ts';
import { type LoadResult, loadConfig } from '../config/loading/load.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import type { Config } from '../config/settings/schema.ts';
import { clientsOf, routesOf } from '../config/settings/topology.ts';
import {
  asDcrError,
  DcrError,
  type DcrEvent,
  ProvenTokens,
  type SealingKeys,
  StateLockedError,
} from '../oauth/index.ts';
import { createDcrBudgets, type DcrBudgets, type Fleet, openFleet } from '../service/fleet.ts';
import { type ClientInput, type RouteInput, readInputs } from '../service/inputs/inputs.ts';
import { type OpenedTokens, openState, openTokens } from '../service/running/open-client.ts';
import { wayTo } from '../upstream/tunnel.ts';
import {
  checkCredentials,
  checkOtherDcrServers,
  isAboutStatement,
  stateFinding,
  statementFinding,
} from './check/client-check.ts';
import { scopeFindings } from './check/credential-findings.ts';
import { type Finding, formatFinding, type Say, sayOf } from './check/finding.ts';
import { KNOWN_PLACES, type KnownPlaces } from './check/other-places.ts';
import { Patience, type Wait } from './check/patience.ts';
import { checkReport } from './check/report-check.ts';
import { neededScope } from './check/report-probe.ts';
import { type Command, type CommandContext, configFileOf, configOption, type ExitCode } from './command.ts';
import { typeable } from './spoken-command.ts';

/** Walks the way of a report step by step, and says at each what it found and what to do. Operators run it first. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Try the configuration against Adobe step by step, and say what to do about what fails.',
  options: {
    ...configOption,
    json: {
      type: 'boolean',
      description: 'Print one JSON object: `exitCode`, and `findings` in their order.',
    },
  },
  run: (context) => runCheck(context, { effects: systemEffects, wait, places: KNOWN_PLACES }),
};

const wait: Wait = (time, signal) => setTimeout(time, undefined, { signal }).catch(() => {});

/** What a check knows and does besides its configuration. */
export interface CheckMeans {
  readonly effects: Effects;
  readonly wait: Wait;
  readonly places: KnownPlaces;
}

export async function runCheck(context: CommandContext, means: CheckMeans): Promise<ExitCode> {
  const { options, stdout } = context;
  const findings: Finding[] = [];
  const say: Say = ({ text, advice, ...finding }) => {
    const told = { ...finding, text: typeable(text), ...(advice && { advice: typeable(advice) }) };
    findings.push(told);
    if (options['json'] !== true) stdout.write(formatFinding(told, stdout));
  };
  const exitCode = await checkAll(context, means, say);
  if (options['json'] === true) stdout.write(`${JSON.stringify({ exitCode, findings }, null, 2)}\n`);
  else if (exitCode === 0) {
    stdout.write(typeable('\nAll is well: `cmu-proxy serve` will work with this configuration.\n'));
  }
  return exitCode;
}

async function checkAll(context: CommandContext, means: CheckMeans, say: Say): Promise<ExitCode> {
  const { env, stopping } = context;
  const { effects } = means;
  const loaded = await loadConfig({ file: configFileOf(context), env });
  const config = checkConfiguration(loaded, say);
  if (config === undefined) return 2;
  const inputs = await readInputs(config, effects.now());
  if ('mistakes' in inputs) {
    for (const { advice, ...mistake } of inputs.mistakes) {
      const step = /statement/i.test(mistake.key) ? 'Software statement' : 'Configuration';
      say({ step, outcome: 'failed', text: formatMistake(mistake), ...(advice && { advice }) });
    }
    return 2;
  }
  const { clients, routes, sealing } = inputs;
  const sayAbout = ({ config: { name } }: ClientInput): Say =>
    clients.length > 1 ? sayOf({ client: name }, say) : say;
  for (const client of clients) sayAbout(client)(statementFinding(client.statement));

  await using resources = new AsyncDisposableStack();
  const fleet = await openFleet(config, inputs, effects);
  resources.defer(() => fleet?.close());
  const budgets = createDcrBudgets(effects, fleet);
  const patience = new Patience(means.wait, stopping);
  const shared = { ...means, config, budgets, fleet, sealing, patience, stopping };
  let worst: ExitCode = 0;
  // Each for itself: what is wrong with one says nothing about the others.
  for (const client of clients) {
    const own = routes.filter((route) => route.config.client === client.config.name);
    worst = worse(worst, await checkClient({ ...shared, client, routes: own, say: sayAbout(client) }));
  }
  return worst;
}

const worse = (one: ExitCode, other: ExitCode): ExitCode => (one > other ? one : other);

function checkConfiguration(loaded: LoadResult, say: Say): Config | undefined {
  const step = 'Configuration';
  if ('mistakes' in loaded) {
    for (const mistake of loaded.mistakes) say({ step, outcome: 'failed', text: formatMistake(mistake) });
    return undefined;
  }
  const { config, warnings } = loaded;
  const origins = (urls: readonly string[]): string => [...new Set(urls)].join(', ');
  const servers = origins(clientsOf(config).map(({ dcr }) => wayTo(dcr.url.href, dcr.proxy)));
  const apis = origins(routesOf(config).map(({ upstream }) => wayTo(upstream.url.origin, upstream.proxy)));
  say({ step, outcome: 'ok', text: `DCR at ${servers}, reports at ${apis}` });
  for (const { key, message } of warnings)
    say({ step, outcome: 'worth knowing', text: `${key}: ${message}` });
  return config;
}

interface ClientCheck extends CheckMeans {
  readonly config: Config;
  readonly budgets: DcrBudgets;
  readonly fleet: Fleet | undefined;
  readonly sealing: SealingKeys | undefined;
  readonly patience: Patience;
  readonly stopping: AbortSignal;
  readonly client: ClientInput;
  readonly routes: readonly RouteInput[];
  readonly say: Say;
}

async function checkClient(check: ClientCheck): Promise<ExitCode> {
  const { config, effects, budgets, fleet, sealing, patience, stopping, client, say } = check;
  const { name, dcr } = client.config;
  const store = await openState(name, config.state, sealing, effects).catch((error: unknown) => {
    if (error instanceof StateLockedError) return error;
    throw error;
  });
  if (store instanceof StateLockedError) {
    say({ step: 'State folder', outcome: 'failed', text: store.message, advice: store.advice });
    return 2;
  }
  const events: DcrEvent[] = [];
  const opened = openTokens({
    dcr,
    statement: client.statement,
    tls: client.tls,
    store: store.store,
    budget: budgets(dcr.url),
    fleet,
    effects,
    onEvent: (event) => events.push(event),
  });
  try {
    say(stateFinding(config, store));
    const token = await checkCredentials({ opened, store, events, patience, stopping, say });
    if (!(token instanceof DcrError)) return await checkRoutes(check, opened);
    await checkOtherDcrServers(client, token, check.places, say);
    return exitCodeOf(token);
  } finally {
    await opened.close();
  }
}

async function checkRoutes(check: ClientCheck, { tokens }: OpenedTokens): Promise<ExitCode> {
  const { routes, client, places, patience, stopping } = check;
  const { dcr } = client.config;
  let worst: ExitCode = 0;
  const sayAbout = (route: string): Say => (routes.length > 1 ? sayOf({ route }, check.say) : check.say);
  const bearer = new ProvenTokens(tokens, check.effects, ({ code = 'no more is said' }, { route }, act) => {
    if (act === 'pass-on') return;
    const text = `the token is refused (${code}): trying with a new one`;
    sayAbout(route)({ step: 'Report', outcome: 'worth knowing', text });
  });
  for (const route of routes) {
    const say = sayAbout(route.config.name);
    const token = await tokens.token({ signal: stopping }).catch(asDcrError);
    if (token instanceof DcrError) {
      say({ step: 'Report', outcome: 'failed', text: token.message, advice: token.advice });
      worst = worse(worst, exitCodeOf(token));
      continue;
    }
    const scope = neededScope(route.config.upstream);
    for (const finding of scopeFindings(tokens.status(), scope)) say(finding);
    const tokenOf = { tokens: bearer, token };
    const outcome = await checkReport({ route, dcr, ...tokenOf, places, patience, stopping, say });
    if (outcome instanceof DcrError) worst = worse(worst, exitCodeOf(outcome));
    else if (!outcome) worst = worse(worst, 1);
  }
  return worst;
}

const exitCodeOf = (error: DcrError): ExitCode => (isAboutStatement(error) ? 2 : 1);
