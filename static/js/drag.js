// Dragging a card onto a lane chooses that lane in the card's own assign form and sends it: the drag is only a faster
// hand for the form (`form[data-assign]` with a field `data-lane-field`), which is there for keys and for phones.
let card = null;

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.("[data-job][draggable=true]");
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.job);
  card.classList.add("dragging");
});
const laneAt = (event) => (card ? event.target.closest?.("[data-lane]") : null);
const light = (lane) => { for (const one of document.querySelectorAll(".lane.over")) if (one !== lane) one.classList.remove("over"); lane?.classList.add("over"); };

document.addEventListener("dragover", (event) => {
  const lane = laneAt(event);
  light(lane);
  if (lane) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const lane = laneAt(event);
  if (!lane || lane.contains(card)) return;
  event.preventDefault();
  const form = card.querySelector("form[data-assign]");
  const field = form?.querySelector("[data-lane-field]");
  if (!field) return;
  field.value = lane.dataset.lane;
  if (field.value === lane.dataset.lane) form.requestSubmit(); // a lane the form does not offer is not for this job
});
document.addEventListener("dragend", () => {
  card?.classList.remove("dragging");
  card = null;
  light(null);
});
