import type { Properties } from './properties.ts';

/** Longer than a laptop sleeps at night, and than a clock is set. */
const SILENCE_S = 24 * 3_600;
const ANSWER_S = 3_600;

/** For a cluster whose members are on one machine: who dies there is noticed by its connection, at once; who is silent sleeps, is stopped, or
 *  has had its clock set, and is not to be given up. With Spark's own 60 and 120 s a sleep of 200 s cost every worker and every executor,
 *  and with them what they had cached. Source: by trial with 4.2; Spark's HeartbeatReceiver and Master compare times of the wall clock. */
export const PATIENT_JOB: Properties = {
  'spark.storage.blockManagerHeartbeatTimeoutMs': `${SILENCE_S}s`,
  'spark.network.timeout': `${ANSWER_S}s`,
  // An executor that is about to register gives up by itself after 30 s without an answer.
  'spark.network.auth.rpcTimeout': `${ANSWER_S}s`,
  'spark.python.authenticate.socketTimeout': `${ANSWER_S}s`,
};

/** The same for the master and its workers. */
export const PATIENT_DAEMONS: Properties = {
  'spark.worker.timeout': String(SILENCE_S),
  'spark.network.timeout': `${ANSWER_S}s`,
  'spark.network.auth.rpcTimeout': `${ANSWER_S}s`,
};
