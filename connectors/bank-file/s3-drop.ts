/** The drop as an S3 bucket with a prefix for each direction. */
import { createObjectStore } from '../../platform/object-store.ts';
import type { Drop, Places, ReportFile } from './client.ts';

/** Reads `url`, `bucket`, `access_key`, `secret_key` and `region`. */
export function openS3Drop(config: Readonly<Record<string, string>>, places: Places): Drop {
  const objects = createObjectStore(
    {
      endpoint: config.url!,
      bucket: config.bucket!,
      accessKey: config.access_key!,
      secretKey: config.secret_key!,
      region: config.region ?? 'us-east-1',
    },
    // What moves money is sent once; whoever asks asks again later.
    { attempts: 1 },
  );
  return {
    put: (name, body, how) => objects.putNew(places.out + name, body, { contentType: 'application/xml', ...how }),
    async isThere(name, signal) {
      // In the order in which the bank moves it, so that it cannot pass unseen between the two looks.
      if (await objects.exists(places.out + name, signal)) return true;
      return places.archive !== undefined && objects.exists(places.archive + name, signal);
    },
    keepsTaken: places.archive !== undefined,
    async reports(since, signal) {
      const found: ReportFile[] = [];
      for await (const { key, ...object } of objects.list(places.in, signal)) {
        if (object.modifiedAt >= since && /\.xml$/i.test(key)) found.push({ name: key, ...object });
      }
      return found.sort((a, b) => a.modifiedAt.getTime() - b.modifiedAt.getTime());
    },
    read: ({ name }, signal) => objects.get(name, signal),
    check: () => objects.ping(),
    close: () => objects.close(),
  };
}
