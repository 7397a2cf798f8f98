import type { Sampler } from '@opentelemetry/sdk-trace';
import type { EpochMs } from '../base/units.ts';

export type Tracing = Awaited<ReturnType<typeof openTracing>>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Starts to make spans and to send them by OTLP (`http/protobuf`), if the standard `OTEL_*` variables ask for it (the
 * exporter reads its own). Only then are the packages loaded, which are optional.
 * @throws when they are asked for and not installed
 */
export const openTracing = async (env: Environment, version: string, now: () => EpochMs) => {
  if (!wantsSpans(env)) return undefined;
  const [sdk, resources, { OTLPTraceExporter }, { Traces }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('./traces.ts'),
  ]);
  // The variables win over our own name (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ 'service.name': 'cmu-proxy', 'service.version': version }))
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const provider = new sdk.TracerProvider({
    resource,
    sampler: samplerOf(sdk, env),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...batchesOf(env) })],
  });
  return {
    traces: new Traces(provider.getTracer('cmu-proxy', version), now),
    /** Sends what is left. */
    close: (): Promise<void> => provider.shutdown(),
  };
};

/** Where an endpoint is named, or the exporter `otlp` is: unlike in an SDK, silence means no. */
export const wantsSpans = (env: Environment): boolean => {
  const exporter = env['OTEL_TRACES_EXPORTER'] ?? '';
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  const isNamed = exporter === 'otlp' || (exporter === '' && endpoint !== '');
  return isNamed && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true';
};

/** `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, as the OpenTelemetry specification has them. */
export const samplerOf = (sdk: typeof import('@opentelemetry/sdk-trace'), env: Environment): Sampler => {
  const name = env['OTEL_TRACES_SAMPLER'] ?? '';
  const given = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  const always = new sdk.AlwaysOnSampler();
  const roots = new Map<string, Sampler>([
    ['always_on', always],
    ['always_off', new sdk.AlwaysOffSampler()],
    ['traceidratio', new sdk.TraceIdRatioBasedSampler(given >= 0 && given <= 1 ? given : 1)],
  ]);
  const root = roots.get(name.replace(/^parentbased_/, '')) ?? always;
  return roots.get(name) ?? new sdk.ParentBasedSampler({ root });
};

/** `OTEL_BSP_*`, likewise. */
export const batchesOf = (env: Environment): Readonly<Record<string, number>> =>
  Object.fromEntries(
    BATCH_VARIABLES.map(([variable, option]) => [option, Number(env[variable] ?? '')] as const).filter(
      ([, value]) => Number.isInteger(value) && value > 0,
    ),
  );

const BATCH_VARIABLES = [
  ['OTEL_BSP_SCHEDULE_DELAY', 'scheduledDelayMillis'],
  ['OTEL_BSP_EXPORT_TIMEOUT', 'exportTimeoutMillis'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'maxQueueSize'],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'maxExportBatchSize'],
] as const;
