"""The documented routes: reads documented inputs, writes documented shapes, holds no rule."""
