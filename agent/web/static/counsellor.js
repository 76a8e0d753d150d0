/** Counsellor pages: local times, quoted words found again in the conversation, and pages that stay true by themselves. */

import { offerBeginnings } from "./counsellor/after.js";
import { highlightDrivers } from "./counsellor/highlight.js";
import { watchCase } from "./counsellor/live.js";
import { watchQueue } from "./counsellor/queue.js";
import { stay } from "./counsellor/stay.js";
import { localTimes } from "./counsellor/times.js";
import { setUpWriting } from "./counsellor/write.js";

localTimes(document);
highlightDrivers();
setUpWriting();
offerBeginnings();

const queue = document.getElementById("queue");
if (queue) watchQueue(queue);

const held = document.getElementById("stay");
if (held) stay(held);

const page = document.getElementById("case");
if (page) watchCase(page);
