import { StartupError } from '../../metrics/process/startup-error.js';
import type { LogPlace } from '../../model/catalogue/catalogue-journal.js';
import type { Waiting } from '../journal/append-surely.js';
import { checksumOf } from '../journal/checked-message.js';
import type { PartitionStream } from '../journal/partition-stream.js';
import { patientBounds } from '../journal/patient-bounds.js';
import { readSome } from '../journal/read-some.js';

/**
 * Looks whether a catalogue that has carried out a log up to `place` can go on with this one. Resolves with the sequence of the log's last
 * message. Rejects with a `StartupError` when the log is another one, or does not have what follows; as `patientBounds`.
 */
export async function checkLog(stream: PartitionStream, place: LogPlace, waiting: Waiting): Promise<number> {
  const { sequence, checksum } = place;
  const { first, last } = await patientBounds(stream, waiting);
  if (sequence > last)
    throw differs(`it has carried out ${sequence} changes, and the NATS servers have ${last}`);
  if (first > sequence + 1) throw differs(`the NATS servers do not have change ${sequence + 1} any more`);
  if (sequence < first) return last;
  const [found] = await readSome(stream, { next: sequence, through: sequence }, waiting.pause);
  if (checksumOf(found.bytes) !== checksum) throw differs(`change ${sequence} is another one there`);
  return last;
}

function differs(why: string): StartupError {
  return new StartupError(
    'cluster_differs',
    `the catalogue of this node does not go on where that of the cluster does (${why}): start it on a new data folder with the bundle of the others`,
  );
}
