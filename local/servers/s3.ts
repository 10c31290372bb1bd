/** The S3 server: SeaweedFS, every one of its ports with a number of ours and on loopback. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { portAnswers } from '../probe.ts';
import { writePrivate } from '../secrets.ts';
import type { Server, Setting } from '../server.ts';

export const s3: Server = {
  name: 's3',
  kind: 'server',
  ports: [
    'S3_PORT',
    'S3_GRPC_PORT',
    'S3_MASTER_PORT',
    'S3_MASTER_GRPC_PORT',
    'S3_VOLUME_PORT',
    'S3_VOLUME_GRPC_PORT',
    'S3_FILER_PORT',
    'S3_FILER_GRPC_PORT',
  ],
  after: [],
  addressVariable: 'S3_ENDPOINT',
  startTimeoutMs: 90_000,
  // Its filer waits 15 s for subscribers, its own among them, before it ends; what it acknowledged is on disk by then.
  graceMs: 3_000,
  downloads: () => ['weed-4.48'],

  async prepare(setting) {
    const { profile } = setting;
    const data = join(profile.data, 's3');
    const config = join(profile.run, 's3.json');
    await mkdir(data, { recursive: true });
    writePrivate(config, identities(setting));
    return {
      command: join(cached(profile.cache, 'weed-4.48'), 'weed'),
      args: [
        '-logtostderr=true',
        'server',
        `-dir=${data}`,
        `-s3.config=${config}`,
        ...portOptions(setting),
        ...fixedOptions,
      ],
      cwd: data,
      env: { GOMEMLIMIT: '256MiB', GOGC: '50' },
    };
  },

  /** An open port is not yet readiness: it is ready when the bucket is there. */
  async ready(setting) {
    if (!(await portAnswers(setting.ports.S3_PORT as number))) return false;
    await makeBucket(setting);
    return true;
  },
  furnish: makeBucket,
};

async function makeBucket({ environment }: Setting): Promise<void> {
  const { CreateBucketCommand, HeadBucketCommand, S3Client } = await importClient();
  const client = new S3Client({
    endpoint: environment.S3_ENDPOINT as string,
    region: environment.S3_REGION as string,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: environment.S3_ACCESS_KEY as string,
      secretAccessKey: environment.S3_SECRET_KEY as string,
    },
  });
  const bucket = { Bucket: environment.S3_BUCKET as string };
  const send = { abortSignal: AbortSignal.timeout(5_000) };
  try {
    await client
      .send(new HeadBucketCommand(bucket), send)
      .catch(() => client.send(new CreateBucketCommand(bucket), send));
  } finally {
    client.destroy();
  }
}

/** Imported when needed, so that an `up` with nothing to do stays instant; its warning about Node 22 is not for the reader of `make up`. */
function importClient() {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return import('@aws-sdk/client-s3');
}

function identities({ environment }: Setting): string {
  const credentials = [{ accessKey: environment.S3_ACCESS_KEY, secretKey: environment.S3_SECRET_KEY }];
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging'];
  return `${JSON.stringify({ identities: [{ name: 'hub', credentials, actions }] }, null, 2)}\n`;
}

function portOptions({ ports }: Setting): readonly string[] {
  return [
    '-s3',
    `-s3.port=${ports.S3_PORT}`,
    `-s3.port.grpc=${ports.S3_GRPC_PORT}`,
    `-master.port=${ports.S3_MASTER_PORT}`,
    `-master.port.grpc=${ports.S3_MASTER_GRPC_PORT}`,
    `-volume.port=${ports.S3_VOLUME_PORT}`,
    `-volume.port.grpc=${ports.S3_VOLUME_GRPC_PORT}`,
    `-filer.port=${ports.S3_FILER_PORT}`,
    `-filer.port.grpc=${ports.S3_FILER_GRPC_PORT}`,
  ];
}

const fixedOptions = [
  '-ip=127.0.0.1',
  '-ip.bind=127.0.0.1',
  // Table catalogues that nobody here speaks to.
  '-s3.port.iceberg=0',
  '-s3.port.lance=0',
  '-s3.allowDeleteBucketNotEmpty=false',
  // On by default: it reports the cluster's size to its makers.
  '-master.telemetry=false',
  // Alone, it need not wait ten seconds and more for others before it leads.
  '-master.electionTimeout=1s',
  '-master.volumeSizeLimitMB=128',
  '-volume.max=0',
  // Nobody needs ten seconds to move elsewhere before it ends.
  '-volume.preStopSeconds=0',
  '-s3.cacheCapacityMB=16',
];
