"""The heartbeat of a worker, in the database: that of its kind, and a row of its own."""

from django.db.models.functions import Now

from valhub.jobs.beating import Beating
from valhub.jobs.models import Worker
from valhub.jobs.services.heartbeats import WORKER


class Heartbeat(Beating):
    """Records, every few seconds, that a worker is alive and what it does."""

    def __init__(self, name: str) -> None:
        super().__init__(WORKER)
        self.name = name
        self.trouble = ""
        self.doing = ""

    def _beat(self) -> None:
        state = {"trouble": self.trouble, "doing": self.doing, "heartbeat_at": Now()}
        if not Worker.objects.filter(name=self.name).update(**state):
            Worker.objects.get_or_create(name=self.name)
        super()._beat()

    def _forget(self) -> None:
        """Delete the worker's row, else the sweeper does after a day of silence."""
        Worker.objects.filter(name=self.name).delete()
        super()._forget()
