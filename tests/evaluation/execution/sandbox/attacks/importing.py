"""Never comes to an end of being imported."""

import time

time.sleep(600)
