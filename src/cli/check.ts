import { systemEffects } from '../base/effects.ts';
import { type LoadResult, loadConfig } from '../config/loading/load.ts';
import { formatMistake } from '../config/loading/mistake.ts';
import type { Config } from '../config/settings/schema.ts';
import { clientsOf, routesOf } from '../config/settings/topology.ts';
import { asDcrError, DcrError, type DcrEvent, type SealingKeys, StateLockedError } from '../oauth/index.ts';
import { createDcrBudgets, type DcrBudgets, type Fleet, openFleet } from '../service/fleet.ts';
import { type ClientInput, type RouteInput, readInputs } from '../service/inputs/inputs.ts';
import { type OpenedTokens, openState, openTokens } from '../service/running/open-client.ts';
import { wayTo } from '../upstream/tunnel.ts';
import { checkCredentials, isAboutStatement, stateFinding, statementFinding } from './check/client-check.ts';
import { formatFinding, type Say, sayOf } from './check/finding.ts';
import { checkReport } from './check/report-check.ts';
import { probeUrl, reportProbe } from './check/report-probe.ts';
import { type Command, type CommandContext, configOption, type ExitCode } from './command.ts';

/** Walks the way of a report step by step, and says at each what it found and what to do. Operators run it first. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'Try the configuration against Adobe step by step, and say what to do about what fails.',
  options: configOption,
  run: check,
};

async function check({ options, env, stdout, stopping }: CommandContext): Promise<ExitCode> {
  const say: Say = (finding) => stdout.write(formatFinding(finding, stdout));
  const { config: file } = options;
  const loaded = await loadConfig({ file: typeof file === 'string' ? file : undefined, env });
  const config = checkConfiguration(loaded, say);
  if (config === undefined) return 2;
  const inputs = await readInputs(config, systemEffects.now());
  if ('mistakes' in inputs) {
    for (const { advice, ...mistake } of inputs.mistakes) {
      const step = /statement/i.test(mistake.key) ? 'Software statement' : 'Configuration';
      say({ step, outcome: 'failed', text: formatMistake(mistake), ...(advice && { advice }) });
    }
    return 2;
  }
  const { clients, routes, sealing } = inputs;
  const sayAbout = ({ config: { name } }: ClientInput): Say => (clients.length > 1 ? sayOf(name, say) : say);
  for (const client of clients) sayAbout(client)(statementFinding(client.statement));

  await using resources = new AsyncDisposableStack();
  const fleet = await openFleet(config, inputs, systemEffects);
  resources.defer(() => fleet?.close());
  const budgets = createDcrBudgets(systemEffects, fleet);
  const context = { config, budgets, fleet, sealing, stopping };
  let worst: ExitCode = 0;
  // Each for itself: what is wrong with one says nothing about the others.
  for (const client of clients) {
    const own = routes.filter((route) => route.config.client === client.config.name);
    const outcome = await checkClient(context, client, own, sayAbout(client));
    if (outcome > worst) worst = outcome;
  }
  if (worst === 0) stdout.write('\nAll is well: `cmu-proxy serve` will work with this configuration.\n');
  return worst;
}

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

interface CheckContext {
  readonly config: Config;
  readonly budgets: DcrBudgets;
  readonly fleet: Fleet | undefined;
  readonly sealing: SealingKeys | undefined;
  readonly stopping: AbortSignal;
}

async function checkClient(
  { config, budgets, fleet, sealing, stopping }: CheckContext,
  { config: { name, dcr }, statement, ca }: ClientInput,
  routes: readonly RouteInput[],
  say: Say,
): Promise<ExitCode> {
  const store = await openState(name, config.state, sealing, systemEffects).catch((error: unknown) => {
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
    statement,
    ca,
    store: store.store,
    budget: budgets(dcr.url),
    fleet,
    effects: systemEffects,
    onEvent: (event) => events.push(event),
  });
  try {
    say(stateFinding(config, store));
    const token = await checkCredentials(opened, store, events, stopping, say);
    if (token instanceof DcrError) return isAboutStatement(token) ? 2 : 1;
    return await checkRoutes(routes, opened, stopping, say);
  } finally {
    await opened.close();
  }
}

async function checkRoutes(
  routes: readonly RouteInput[],
  { tokens }: OpenedTokens,
  stopping: AbortSignal,
  say: Say,
): Promise<ExitCode> {
  let worst: ExitCode = 0;
  for (const {
    config: { name, upstream },
    ca,
  } of routes) {
    const probe = reportProbe(upstream, ca, stopping);
    const sayOfRoute = routes.length > 1 ? sayOf(name, say) : say;
    const token = await tokens.token({ signal: stopping }).catch(asDcrError);
    if (token instanceof DcrError) {
      sayOfRoute({ step: 'Report', outcome: 'failed', text: token.message, advice: token.advice });
      if (isAboutStatement(token)) worst = 2;
      else worst ||= 1;
    } else if (!(await checkReport(probeUrl(upstream), probe, tokens, token, sayOfRoute))) {
      worst ||= 1;
    }
  }
  return worst;
}
