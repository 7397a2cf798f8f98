import type { Sampler } from '@opentelemetry/sdk-trace';
import type { EpochMs } from '../base/units.ts';
import { Traces } from './traces.ts';
import { type SamplerSetting, tracingSettings } from './tracing-settings.ts';

export interface Tracing {
  readonly traces: Traces;
  /** Sends what is left. */
  close(): Promise<void>;
}

/**
 * Starts to make spans and to send them by OTLP (`http/protobuf`), if the standard `OTEL_*` variables ask for it. Only
 * then are the packages loaded, which are optional.
 * @throws when they are asked for and not installed
 */
export const openTracing = async (
  env: Readonly<Record<string, string | undefined>>,
  version: string,
  now: () => EpochMs,
): Promise<Tracing | undefined> => {
  const settings = tracingSettings(env);
  if (settings === undefined) return undefined;
  const [api, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  // The variables win over our own name (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ 'service.name': 'cmu-proxy', 'service.version': version }))
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const provider = new sdk.TracerProvider({
    resource,
    sampler: samplerOf(sdk, settings.sampler),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...settings.batch })],
  });
  return {
    traces: new Traces(api, provider.getTracer('cmu-proxy', version), now),
    close: () => provider.shutdown(),
  };
};

type Sdk = typeof import('@opentelemetry/sdk-trace');

const samplerOf = (sdk: Sdk, { kind, parentBased, ratio }: SamplerSetting): Sampler => {
  const root = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  }[kind]();
  return parentBased ? new sdk.ParentBasedSampler({ root }) : root;
};
