import { describeRail } from '../../connectors/conformance.ts';
import { toy } from './rail.ts';

describeRail(toy, { looksUp: true });
